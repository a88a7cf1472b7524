/**
 * Formats that FFmpeg decodes (MP3, AAC, Opus, MP4, WebM, HEIC, AVIF, JPEG 2000, ...), each payload
 * in a process beside the task's: a codec that crashes, hangs or fills the memory costs one record
 * and no JVM.
 *
 * <pre>
 * CodecProcesses   the tributary.read.CodecLibrary of a task
 *   CodecPool      the processes of this JVM: taken for a payload, given back, reused
 *   OpenPayload    a payload that is open in one of them
 *     SoundStream, SoundStart, VideoStream   what it decodes to, as it is read or held
 *   CodecProcess   one of them, started by Launch's command, heard by Errors, ended by Watch
 *   Wire           what goes over the pipes between them
 * child            what runs in the process; no other package knows the library
 * </pre>
 *
 * <p>Law: the same payload gives the same bits on every machine of the platform: one thread for
 * each codec, and processor instructions that all of them have. Codecs are of processor time,
 * memory and output (the job's section `codecs`), which don't depend on what else a machine does.
 *
 * <p>Failure modes: what the library refuses, what ends the process and what takes too long is a
 * {@link tributary.read.Rejected} with the format, the reason and the limit. A process that ends
 * over a payload's beginning, or refuses it with others' memory, is replaced, and the payload tried
 * once more. Where an installation lacks what they need, their formats are refused by name, with
 * the reason; where one can't start all the same, the task fails.
 *
 * <p>An MP3 of nothing but its first letters:
 *
 * <pre>{@code
 * CodecLibrary codecs = CodecProcesses.of(JobConfig.Codecs.DEFAULT);
 * String reason = "";
 * try {
 *   Signal.Audio sound = AudioReader.read(new byte[] {'I', 'D', '3'}, codecs);
 * } catch (Rejected e) {
 *   reason = e.reason() + ": " + e.getMessage();
 * }
 * }</pre>
 */
@NullMarked
package tributary.codec;

import org.jspecify.annotations.NullMarked;
