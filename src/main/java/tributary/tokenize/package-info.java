/**
 * {@link tributary.read.Signal} -> {@link tributary.tokenize.Tokens}: a stream of token blocks, so
 * that a long signal is never held whole as tokens.
 *
 * <pre>
 *   text     UTF-8 bytes                                     TextTokens        ids
 *   image    Canvas (white square) -> patches, raster or     ImageTokenizer    values
 *            Morton order
 *   pixels   PerceiverPixels: as published checkpoints do    PixelTokenizer    values
 *   audio    MonoMix -> Resampler -> frames, raw or LogMel   AudioTokenizer    values
 *   vectors  one token per vector                            VectorTokenizer   values
 *   series   values (as they are, or ZScores behind a        SeriesTokenizer   values
 *            scale token) + sine and cosine of time
 *   points   coordinates (as they are, or those of a Cloud   PointTokenizer    values
 *            behind a scale token), Morton order
 *   mesh     MeshSampler: points of the surface, as above    PointTokenizer    values
 * </pre>
 *
 * <p>Law: the same signal gives the same bits on every machine: arithmetic is plain Java in double
 * (pictures are enlarged in float), with {@link java.lang.StrictMath} or its algorithms where a
 * library might differ; loops that the JIT may make vectors of have no sums across a vector. A
 * block holds at most 4,096 tokens; memory does not grow with the duration of a sound or the length
 * of a text. An empty signal has no tokens.
 *
 * <p>Failure modes: a fault that is found at once or while pulling is a {@link
 * tributary.read.Rejected}: a width that is not the modality's, a rate that can't be resampled, a
 * value beyond float's range. A signal of another kind than the modality is an {@link
 * java.lang.IllegalArgumentException}.
 *
 * <p>An example:
 *
 * <pre>{@code
 * Tokenizer tokenizer = Tokenizer.of(new ModalitySpec.Text());
 * Tokens tokens = tokenizer.tokens(TextReader.read(new byte[] {'a', 'b'}));
 * TokenBlock block = tokens.next(); // two ids
 * TokenBlock end = tokens.next(); // null
 * }</pre>
 */
@NullMarked
package tributary.tokenize;

import org.jspecify.annotations.NullMarked;
