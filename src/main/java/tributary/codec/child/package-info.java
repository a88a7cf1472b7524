/**
 * What runs in a codec process: FFmpeg by JavaCPP, behind {@link tributary.codec.Wire}. Nothing of
 * it is ever loaded in a task's own JVM.
 *
 * <pre>
 * Main            requests in, answers out
 *   Media         a payload in memory as a container, with no way to other files or addresses
 *   StreamDecoder frames of one stream; Frames: all of them
 *   Sound         samples
 *   Still         a picture: of one stream, of a grid of tiles, of one packet; HeifAlpha and
 *                 Jp2 find in its boxes what the library passes over
 *   Film          frames of a video at a rate
 *   Rgb           pixels of any format to bytes
 *   SideData      orientation and ICC profile
 * </pre>
 *
 * <p>Law: one thread, the library's exact variants, and of the library's own instructions none that
 * a processor of the platform may lack: {@link tributary.codec.child.Main} sees to it. AV1 comes
 * from libaom, which chooses by itself, with bits that the standard fixes.
 *
 * <p>Failure modes: what the library refuses, and damage that it would hide, is a fault with a
 * sentence, after which the next payload may come. All else ends the process.
 *
 * <p>It is started by {@link tributary.codec.CodecProcesses}:
 *
 * <pre>{@code
 * String version = CodecProcesses.probe(JobConfig.Codecs.DEFAULT);
 * }</pre>
 */
@NullMarked
package tributary.codec.child;

import org.jspecify.annotations.NullMarked;
