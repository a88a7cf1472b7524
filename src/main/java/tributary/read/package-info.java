/**
 * {@link tributary.read.Payload} -> {@link tributary.read.Signal}, or a {@link
 * tributary.read.Rejected} that says why not. Knows no Spark, no file system and no other stage.
 *
 * <pre>
 * Text     TextReader                          Text
 * Bytes    Decoder of the column's Medium      Text, Image, Audio, Mesh, Points
 * File     Storage, then as Bytes              Text, Image, Audio, Mesh, Points
 * Picture  ImageReader.struct                  Image
 * Samples  AudioReader.pcm                     Audio
 * Vectors, Series, Points   NumberReader       Vectors, Series, Points
 * Unreadable                 says why not; its content has a digest all the same
 * </pre>
 *
 * <p>{@link tributary.read.Idx} is a file of many pictures or labels: {@code data idx} makes rows
 * of it.
 *
 * <p>Law: what is decoded, and what of it goes into a record's {@link tributary.read.Digest},
 * depend on the payload's content alone, not on where it was kept. A digest identifies a record's
 * content in tables that were written before: what it takes in, and in which order, doesn't change.
 *
 * <p>Failure modes: nothing is repaired and nothing is cut in silence. Each reader checks what a
 * header claims before it allocates, and what a library throws in a decoder is a {@link
 * tributary.read.Rejected}: a reason, and a detail that says both sides. The limits are in
 * SECURITY.md.
 *
 * <p>A text that is no UTF-8, and one that is:
 *
 * <pre>{@code
 * Signal text = new Payload.Text(new byte[] {'a'}).signal();
 * String reason = "";
 * try {
 *   new Payload.Text(new byte[] {(byte) 0xff}).signal();
 * } catch (Rejected e) {
 *   reason = e.reason() + ": " + e.getMessage();
 * }
 * }</pre>
 */
@NullMarked
package tributary.read;

import org.jspecify.annotations.NullMarked;
