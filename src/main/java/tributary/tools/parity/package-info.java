/**
 * Golden cases -> agreement: every case of a folder is run on every backend and compared with what
 * the independent double-precision reference computed.
 *
 * <pre>
 *   case.safetensors: kind, config, tolerance; param.*, in.*, out.*
 *      -> GoldenCase -> the class of its kind -> outputs --compared--> ParityResult, per case and backend
 *           ElasticCase, HipCase, PerceiverCase, HuggingFacePerceiverCase, BertCase,
 *           CrossAttentionCase, TransformerDecoderCase, SelfDocCase, FilmCase, CrossVitCase,
 *           PersistentMemoryCase, RetroCase
 * </pre>
 *
 * <p>Law: every size comes from the case; every output that the case holds is compared: max |x -
 * out| must be at most tolerance times max(1, max |out|).
 *
 * <p>Failure modes: a case that can't be read or run is FAILED with the reason, one of another kind
 * is UNSUPPORTED; neither stops the others, and both are exit code 1.
 *
 * <p>An example; {@code jobs/tributary parity src/test/resources/golden} prints them:
 *
 * <pre>{@code
 * List<ParityResult> results =
 *     Parity.run(Path.of("src/test/resources/golden"), List.of(Backends.open(Kernels.of("java"))));
 * }</pre>
 */
@NullMarked
package tributary.tools.parity;

import org.jspecify.annotations.NullMarked;
