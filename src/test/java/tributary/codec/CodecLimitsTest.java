package tributary.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig.Codecs;
import tributary.read.AudioReader;
import tributary.read.CodecLibrary;
import tributary.read.ImageReader;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;
import tributary.read.Signal;
import tributary.read.VideoReader;

/** What breaks, fills or holds up a codec process is one payload's fault. */
class CodecLimitsTest {
  private static final long LARGE = 1L << 36;

  private static CodecLibrary codecs(int seconds, int memory, long output) {
    return CodecProcesses.of(new Codecs(true, seconds, memory, output));
  }

  /** Processes of this JVM that decode. */
  private static List<ProcessHandle> processes() {
    return ProcessHandle.current()
        .children()
        .filter(p -> p.info().commandLine().orElse("").contains("tributary.codec.child.Main"))
        .toList();
  }

  private static Set<Long> pids() {
    return processes().stream().map(ProcessHandle::pid).collect(Collectors.toSet());
  }

  private static Rejected rejected(ThrowingCallable read) {
    return catchThrowableOfType(Rejected.class, read::call);
  }

  private interface ThrowingCallable {
    void call() throws Throwable;
  }

  private static void signal(String signal, long pid) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", signal, Long.toString(pid)).start().waitFor()).isZero();
  }

  /** Too long to be held: decoded as it is read. */
  private static byte[] endless(int halfSeconds) {
    byte[] half = CodecFilesTest.file("aac.aac");
    byte[] all = new byte[half.length * halfSeconds];
    for (int i = 0; i < halfSeconds; i++) {
      System.arraycopy(half, 0, all, i * half.length, half.length);
    }
    return all;
  }

  @Test
  void oneProcessDecodesOneAfterTheOther() throws IOException {
    CodecLibrary codecs = codecs(301, 256, LARGE);
    Set<Long> before = pids();
    byte[] file = CodecFilesTest.file("lame.mp3");
    float[] first = CodecFilesTest.samples(AudioReader.read(file, codecs));
    for (int i = 0; i < 5; i++) {
      assertThat(CodecFilesTest.samples(AudioReader.read(file, codecs))).isEqualTo(first);
    }
    assertThat(pids().stream().filter(p -> !before.contains(p))).hasSize(1);
  }

  /** What was refused leaves nothing behind: neither memory nor places for a payload. */
  @Test
  void whatFollowsManyThatAreRefusedIsReadAsEver() throws IOException {
    CodecLibrary codecs = codecs(310, 256, LARGE);
    byte[] unknown = CodecFilesTest.file("alac.m4a").clone();
    for (int i = 0; i + 4 < unknown.length; i++) {
      if (unknown[i] == 'a'
          && unknown[i + 1] == 'l'
          && unknown[i + 2] == 'a'
          && unknown[i + 3] == 'c') {
        unknown[i + 3] = 'x'; // a codec that nobody knows
      }
    }
    byte[] file = CodecFilesTest.file("aac.m4a");
    float[] first = CodecFilesTest.samples(AudioReader.read(file, codecs));
    for (int i = 0; i < 12; i++) {
      assertThat(rejected(() -> AudioReader.read(unknown, codecs))).isNotNull();
      assertThat(CodecFilesTest.samples(AudioReader.read(file, codecs))).isEqualTo(first);
    }
  }

  @Test
  void whatIsOpenAtATimeHasAProcessEach() throws IOException {
    CodecLibrary codecs = codecs(302, 256, LARGE);
    Set<Long> before = pids();
    float[] one = new float[2 * 30_000];
    float[] other = new float[2 * 30_000];
    Signal.Audio audio = AudioReader.read(endless(250), codecs);
    try (Signal.PcmStream a = audio.pcm().open();
        Signal.PcmStream b = audio.pcm().open()) {
      fill(a, one);
      fill(b, other);
      assertThat(pids().stream().filter(p -> !before.contains(p))).hasSize(2);
    }
    assertThat(other).isEqualTo(one);
    float[] half = CodecFilesTest.samples(AudioReader.read(CodecFilesTest.file("aac.aac"), codecs));
    assertThat(Arrays.copyOf(one, 2 * 20_000)).isEqualTo(Arrays.copyOf(half, 2 * 20_000));
  }

  @Test
  void whatATaskLeavesOpenIsClosedWithIt() throws IOException {
    CodecProcesses codecs = (CodecProcesses) codecs(312, 256, LARGE);
    Signal.Audio audio = AudioReader.read(endless(250), codecs);
    Signal.PcmStream left = audio.pcm().open();
    codecs.close();
    assertThat(rejected(() -> left.read(new float[200], 100)))
        .hasMessage("Cannot read AAC (ADTS): it is closed");
  }

  private static void fill(Signal.PcmStream stream, float[] stereo) throws IOException {
    float[] chunk = new float[200];
    for (int at = 0; at < stereo.length; ) {
      int n = stream.read(chunk, Math.min(100, (stereo.length - at) / 2));
      assertThat(n).isPositive();
      System.arraycopy(chunk, 0, stereo, at, 2 * n);
      at += 2 * n;
    }
  }

  @Test
  void aProcessThatIsGoneIsReplaced() throws Exception {
    CodecLibrary codecs = codecs(303, 256, LARGE);
    Set<Long> before = pids();
    byte[] file = CodecFilesTest.file("lame.mp3");
    float[] first = CodecFilesTest.samples(AudioReader.read(file, codecs));
    for (ProcessHandle process : processes()) {
      if (!before.contains(process.pid())) {
        signal("-KILL", process.pid());
        process.onExit().join();
      }
    }
    assertThat(CodecFilesTest.samples(AudioReader.read(file, codecs))).isEqualTo(first);
  }

  /** Opens a long sound, sends its process a signal, and gives what the next read says. */
  private static Rejected struck(CodecLibrary codecs, Set<Long> before, String signal)
      throws Exception {
    Signal.Audio audio = AudioReader.read(endless(250), codecs);
    try (Signal.PcmStream stream = audio.pcm().open()) {
      for (ProcessHandle process : processes()) {
        if (!before.contains(process.pid())) {
          signal(signal, process.pid());
        }
      }
      float[] chunk = new float[2 * 4096];
      return rejected(
          () -> {
            while (stream.read(chunk, 4096) >= 0) {}
          });
    }
  }

  @Test
  void aProcessThatEndsOverAPayloadCostsThatPayload() throws Exception {
    CodecLibrary codecs = codecs(304, 256, LARGE);
    Rejected rejected = struck(codecs, pids(), "-SEGV");
    assertThat(rejected.reason()).isEqualTo(Reason.CORRUPT_AUDIO);
    assertThat(rejected)
        .hasMessageStartingWith("Cannot read AAC (ADTS): the codec process ended, exit code");
    byte[] file = CodecFilesTest.file("lame.mp3");
    assertThat(CodecFilesTest.samples(AudioReader.read(file, codecs))).hasSize(2 * 22_050);
  }

  @Test
  void aProcessThatHangsIsEnded() throws Exception {
    Rejected rejected = struck(codecs(3, 256, LARGE), pids(), "-STOP");
    assertThat(rejected.reason()).isEqualTo(Reason.AUDIO_TOO_LARGE);
    assertThat(rejected.isPassing()).isTrue();
    assertThat(rejected)
        .hasMessage(
            "Cannot read AAC (ADTS): it takes more than the 3 s of codecs.seconds (it"
                + " makes no progress)");
  }

  @Test
  void aPayloadThatTakesTooLongIsEnded() {
    float[] chunk = new float[2 * 4096];
    Rejected rejected =
        rejected(
            () -> {
              Signal.Audio audio = AudioReader.read(endless(3000), codecs(1, 512, LARGE));
              try (Signal.PcmStream stream = audio.pcm().open()) {
                while (stream.read(chunk, 4096) >= 0) {}
              }
            });
    assertThat(rejected.reason()).isEqualTo(Reason.AUDIO_TOO_LARGE);
    assertThat(rejected).hasMessageContaining("1 s of codecs.seconds (processor time)");
  }

  @Test
  void aPayloadThatDecodesToTooMuchIsEnded() {
    CodecLibrary codecs = codecs(305, 256, 100_000);
    Rejected sound =
        rejected(
            () ->
                CodecFilesTest.samples(AudioReader.read(CodecFilesTest.file("lame.mp3"), codecs)));
    assertThat(sound.reason()).isEqualTo(Reason.AUDIO_TOO_LARGE);
    assertThat(sound.isPassing()).isFalse();
    assertThat(sound)
        .hasMessage("Cannot read MP3: it decodes to more than the 100000 bytes of codecs.output");
    Rejected video =
        rejected(
            () ->
                CodecFilesTest.frames(
                    VideoReader.read(CodecFilesTest.file("h264.mp4"), codecs), 100));
    assertThat(video.reason()).isEqualTo(Reason.VIDEO_TOO_LARGE);
  }

  @Test
  void aPictureThatNeedsTooMuchMemoryIsEnded() {
    byte[] file = CodecFilesTest.file("bomb.avif"); // 12000 x 8000 pixels of one colour
    Rejected memory =
        rejected(() -> ImageReader.read(file, ImageReader.MOST_PIXELS, codecs(306, 128, LARGE)));
    assertThat(memory.reason()).isEqualTo(Reason.IMAGE_TOO_LARGE);
    assertThat(memory)
        .hasMessage(
            "Cannot read AVIF: its 12000 x 8000 pixels need about 1098 MiB, codecs.memory is 128");
    Rejected pixels = rejected(() -> ImageReader.read(file, 1_000_000, codecs(307, 2048, LARGE)));
    assertThat(pixels.reason()).isEqualTo(Reason.IMAGE_TOO_LARGE);
    assertThat(pixels).hasMessageContaining("96000000 pixels, the limit is 1000000");
  }

  /** The process itself can't have more, whatever a codec thinks that it needs. */
  @Test
  void theProcessHasNoMoreMemoryThanItMay() throws Exception {
    CodecLibrary codecs = codecs(311, 64, LARGE);
    Set<Long> before = pids();
    assertThat(rejected(() -> AudioReader.read(endless(26_000), codecs)))
        .hasMessageContaining("codecs.memory");
    float[] read =
        CodecFilesTest.samples(AudioReader.read(CodecFilesTest.file("lame.mp3"), codecs));
    assertThat(read).hasSize(2 * 22_050);
    for (long pid : pids()) {
      if (!before.contains(pid)) {
        String limits = Files.readString(Path.of("/proc/" + pid + "/limits"));
        assertThat(limits).containsPattern("Max address space +" + ((64 + 512L) << 20) + " ");
      }
    }
  }

  @Test
  void whatCannotStartSaysWhy() {
    assertThatThrownBy(
            () ->
                CodecProcess.start(
                    new Codecs(true, 2, 64, LARGE), List.of("/bin/sh", "-c", "exec sleep 1000")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("2 s of codecs.seconds (it makes no progress)");
    assertThatThrownBy(
            () ->
                CodecProcess.start(
                    Codecs.DEFAULT, List.of("/bin/sh", "-c", "echo hello; exec sleep 1000")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it began with 68656c6c");
    assertThatThrownBy(() -> CodecProcess.start(Codecs.DEFAULT, List.of("/bin/sh", "-c", "exit 3")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it ended at once, exit code 3");
    assertThatThrownBy(
            () ->
                CodecProcess.start(
                    Codecs.DEFAULT, List.of("/bin/sh", "-c", "echo no such library >&2")))
        .isInstanceOf(IOException.class)
        .hasMessage("no such library");
    assertThatThrownBy(
            () -> CodecProcess.start(Codecs.DEFAULT, List.of("/bin/sh", "-c", "echo hello")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it began with 68656c6c");
    assertThatThrownBy(() -> CodecProcess.start(Codecs.DEFAULT, List.of("/no/such/program")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void whereTheyAreOffThePayloadIsNamed() {
    CodecLibrary off = CodecProcesses.of(new Codecs(false, 300, 1024, LARGE));
    Rejected rejected = rejected(() -> AudioReader.read(CodecFilesTest.file("lame.mp3"), off));
    assertThat(rejected.reason()).isEqualTo(Reason.UNKNOWN_FORMAT);
    assertThat(rejected)
        .hasMessage(
            "Cannot read audio: it is MP3, which is decoded by a library of codecs, and that is off"
                + " (codecs.enabled: false)");
  }

  @Test
  void whatHoldsNoneOfTheKindIsNamed() {
    CodecLibrary codecs = codecs(308, 256, LARGE);
    assertThat(rejected(() -> ImageReader.read(CodecFilesTest.file("h264.mp4"), 1 << 20, codecs)))
        .hasMessage("Cannot read image: it is MP4, which holds no image");
    assertThat(rejected(() -> AudioReader.read(CodecFilesTest.file("one.heic"), codecs)))
        .hasMessage("Cannot read audio: it is HEIC, which holds no audio");
    assertThat(
            rejected(
                () ->
                    CodecFilesTest.frames(
                        VideoReader.read(CodecFilesTest.file("opus.webm"), codecs), 1)))
        .hasMessage("Cannot read Matroska or WebM: there is no video in it");
  }

  /** Cut and damaged: a payload is read or rejected, and the next is read as ever. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lame.mp3",
        "aac.m4a",
        "opus.opus",
        "h264.mp4",
        "vp9.webm",
        "alpha.avif",
        "grid.heic",
        "alpha.jp2",
        "anim.gif",
        "adpcm.wav"
      })
  void damageIsRejectedOrRead(String name) throws IOException {
    CodecLibrary codecs = codecs(309, 512, LARGE);
    byte[] file = CodecFilesTest.file(name);
    Random random = new Random(name.hashCode());
    int refused = 0;
    for (int round = 0; round < 24; round++) {
      byte[] bad = file.clone();
      if (round % 2 == 0) {
        bad = Arrays.copyOf(bad, 1 + random.nextInt(bad.length - 1));
      }
      for (int i = random.nextInt(8); i > 0; i--) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        read(name, bad, codecs);
      } catch (Rejected e) {
        refused++;
        assertThat(e.detail()).startsWith("Cannot read ");
      }
    }
    assertThat(refused).isPositive();
    read(name, file, codecs);
  }

  private static void read(String name, byte[] file, CodecLibrary codecs) throws IOException {
    switch (name.substring(name.indexOf('.') + 1)) {
      case "mp4", "webm", "gif" -> CodecFilesTest.frames(VideoReader.read(file, codecs), 10);
      case "avif", "heic", "jp2" -> ImageReader.read(file, ImageReader.MOST_PIXELS, codecs);
      default -> CodecFilesTest.samples(AudioReader.read(file, codecs));
    }
  }
}
