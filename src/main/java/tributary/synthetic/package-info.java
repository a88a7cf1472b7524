/**
 * Labelled multimodal records made by seed: for the demo, for tests and for timing.
 *
 * <pre>
 *   (seed, number) -> Subject: kind, colour, manner, pitch
 *                       |-> Captions   UTF-8 text
 *                       |-> Pictures   PNG
 *                       |-> Sounds     WAV
 *                       |-> Movements  times and three values each
 *                       +-> Fault      in the `bad` records: a cut PNG, a header that claims too much, ...
 *                     = SyntheticRecord, with its labels and the reason it must be quarantined for
 * </pre>
 *
 * <p>Law: a record is a pure function of the parameters and its number, so tasks make their own;
 * pixels, samples, values and texts are equal on every machine (the bytes of a PNG are those of the
 * JDK's deflater). All modalities of a record are about one subject. Every tenth record is long.
 *
 * <p>Failure modes: parameters out of their range are an {@link
 * java.lang.IllegalArgumentException}; a number beyond the set is an {@link
 * java.lang.IndexOutOfBoundsException}. Bad records are bad by intent, and each says by which
 * reason it must end.
 *
 * <p>An example:
 *
 * <pre>{@code
 * SyntheticRecords records = new SyntheticRecords(7, 100, 2000, 0.2, 5);
 * SyntheticRecord third = records.record(3);
 * String label = third.label(); // one of 8 kinds
 * }</pre>
 */
@NullMarked
package tributary.synthetic;

import org.jspecify.annotations.NullMarked;
