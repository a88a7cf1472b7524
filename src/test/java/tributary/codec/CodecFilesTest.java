package tributary.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.read.AudioReader;
import tributary.read.CodecLibrary;
import tributary.read.Digest;
import tributary.read.ImageReader;
import tributary.read.Medium;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.read.Signal;
import tributary.read.VideoReader;

/**
 * Files that other programs made of known samples and pixels: sounds and videos against what they
 * were made of, pictures against what Pillow's decoders (libavif, OpenJPEG) or, HEIC, their source
 * have.
 */
class CodecFilesTest {
  private static final CodecLibrary CODECS = CodecProcesses.of(JobConfig.Codecs.DEFAULT);

  /** libopus rounds otherwise, and libsndfile's ADPCM; of MP3 nothing but last bits differ. */
  private static final Map<String, Double> TOLERANCES =
      Map.of("opus.opus", 2e-4, "monoima.wav", 2e-3);

  static byte[] file(String name) {
    try (InputStream in = CodecFilesTest.class.getResourceAsStream("/codecs/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static float[] samples(Signal.Audio audio) throws IOException {
    float[] samples = new float[1 << 17];
    int filled = 0;
    try (Signal.PcmStream stream = audio.pcm().open()) {
      float[] chunk = new float[777 * audio.channels()];
      for (int n = stream.read(chunk, 777); n >= 0; n = stream.read(chunk, 777)) {
        System.arraycopy(chunk, 0, samples, filled, n * audio.channels());
        filled += n * audio.channels();
      }
    }
    return java.util.Arrays.copyOf(samples, filled);
  }

  /** Half a second of two sines: the first sample is at its place, the lengths are the formats'. */
  @ParameterizedTest
  @CsvSource({
    "lame.mp3, 44100, 2, 22050, 0.015",
    "mono16k.mp3, 16000, 1, 8000, 0.02",
    "aac.m4a, 44100, 2, 22050, 0.008",
    "opus.opus, 48000, 2, 24000, 0.006",
    "opus.webm, 48000, 2, 24000, 0.006",
    "opus.mka, 48000, 2, 24000, 0.006",
    "alac.m4a, 44100, 2, 22050, 0.00002",
    "alac.caf, 44100, 2, 22050, 0.00002",
    "pcm.caf, 44100, 2, 22050, 0.00002",
    "pcm.w64, 44100, 2, 22050, 0.00002",
    "flac.ogg, 44100, 2, 22050, 0.00002",
    "wavpack.wv, 44100, 2, 22050, 0.003",
    "tta.tta, 44100, 2, 22050, 0.003",
    "adpcm.wav, 44100, 2, 22050, 0.01",
    "msadpcm.wav, 44100, 2, 22050, 0.01",
    "ima4.aifc, 44100, 2, 22050, 0.01",
  })
  void soundIsWhatItWasMadeOf(String name, int rate, int channels, int frames, double tolerance)
      throws IOException {
    Signal.Audio audio = AudioReader.read(file(name), CODECS);
    float[] samples = samples(audio);
    assertThat(audio.rate()).isEqualTo(rate);
    assertThat(audio.channels()).isEqualTo(channels);
    assertThat(samples.length / channels).isBetween(frames, frames + 4096);
    double squares = 0;
    for (int i = rate / 50; i < frames - rate / 50; i++) {
      double t = i / (double) rate;
      squares += Math.pow(samples[i * channels] - 0.5 * Math.sin(2 * Math.PI * 440 * t), 2);
      if (channels > 1) {
        squares += Math.pow(samples[i * channels + 1] - 0.25 * Math.sin(2 * Math.PI * 660 * t), 2);
      }
    }
    double error = Math.sqrt(squares / channels / frames);
    assertThat(error).isLessThan(tolerance);
  }

  /** Codings that tell nothing of where the first sample is: the sines' strengths. */
  @ParameterizedTest
  @CsvSource({"layer2.mp2", "aac.aac", "ac3.ac3", "wma.wma", "mp3.wav"})
  void soundHasTheStrengthOfWhatItWasMadeOf(String name) throws IOException {
    Signal.Audio audio = AudioReader.read(file(name), CODECS);
    assertThat(audio.rate()).isEqualTo(44_100);
    assertThat(audio.channels()).isEqualTo(2);
    float[] samples = samples(audio);
    assertThat(samples.length / 2).isBetween(20_480, 26_000);
    assertThat(strength(samples, 0, 440)).isCloseTo(0.5, within(0.03));
    assertThat(strength(samples, 1, 660)).isCloseTo(0.25, within(0.03));
    assertThat(strength(samples, 0, 660)).isLessThan(0.01);
  }

  /** Amplitude of a frequency in a channel, over a fifth of a second. */
  private static double strength(float[] stereo, int channel, double frequency) {
    double sine = 0;
    double cosine = 0;
    int from = 6000;
    int count = 8820;
    for (int i = from; i < from + count; i++) {
      double angle = 2 * Math.PI * frequency * i / 44_100;
      sine += stereo[2 * i + channel] * Math.sin(angle);
      cosine += stereo[2 * i + channel] * Math.cos(angle);
    }
    return 2 * Math.hypot(sine, cosine) / count;
  }

  @Test
  void samplesAreThoseOfOtherDecoders() throws IOException {
    int checked = 0;
    Map<String, float[]> decoded = new HashMap<>();
    for (String line :
        new String(file("samples.csv"), StandardCharsets.UTF_8).lines().skip(1).toList()) {
      String[] fields = line.split(",");
      if (!decoded.containsKey(fields[0])) {
        decoded.put(fields[0], samples(AudioReader.read(file(fields[0]), CODECS)));
      }
      int channels = fields[0].startsWith("mono") ? 1 : 2;
      int at = Integer.parseInt(fields[1]) * channels + Integer.parseInt(fields[2]);
      assertThat((double) decoded.get(fields[0])[at])
          .as(line)
          .isCloseTo(
              Double.parseDouble(fields[3]), within(TOLERANCES.getOrDefault(fields[0], 2e-6)));
      checked++;
    }
    assertThat(checked).isEqualTo(72);
  }

  @ParameterizedTest
  @CsvSource({
    "420.avif, 2, 40",
    "444.avif, 0.5, 3",
    "grey.avif, 0, 0",
    "alpha.avif, 2, 40",
    "turn1.avif, 0.5, 3",
    "turn2.avif, 0.5, 3",
    "turn3.avif, 0.5, 3",
    "turn4.avif, 0.5, 3",
    "turn5.avif, 0.5, 3",
    "turn6.avif, 0.5, 3",
    "turn7.avif, 0.5, 3",
    "turn8.avif, 0.5, 3",
    "lossy.jp2, 0.6, 3",
    "stream.j2k, 0, 0",
    "lossless.jp2, 0, 0",
    "alpha.jp2, 0, 0",
    "grey.jp2, 0, 0",
    "grey16.jp2, 0.5, 1",
    "la.jp2, 0, 0",
    "res1.jp2, 0.1, 1",
    "one.heic, 2, 110",
    "turned.heic, 2, 110",
    "mirrored.heic, 2, 110",
    "both.heic, 2, 110",
    "grid.heic, 2, 110",
    "gridturned.heic, 2, 110",
    "ten.heic, 2, 110",
  })
  void pictureIsWhatAnotherDecoderHas(String name, double mean, int most) throws IOException {
    Signal.Image image = ImageReader.read(file(name), ImageReader.MOST_PIXELS, CODECS);
    BufferedImage right = ImageIO.read(new java.io.ByteArrayInputStream(file(name + ".right.png")));
    assertThat(image.width()).isEqualTo(right.getWidth());
    assertThat(image.height()).isEqualTo(right.getHeight());
    long sum = 0;
    int worst = 0;
    for (int i = 0; i < image.argb().length; i++) {
      int want = right.getRGB(i % image.width(), i / image.width());
      for (int shift = 0; shift < 32; shift += 8) {
        int off = Math.abs((image.argb()[i] >>> shift & 255) - (want >>> shift & 255));
        sum += off;
        worst = Math.max(worst, off);
      }
    }
    double average = sum / 3.0 / image.argb().length;
    assertThat(average).isLessThanOrEqualTo(mean);
    assertThat(worst).isLessThanOrEqualTo(most);
  }

  @Test
  void coloursThatAreNotReadAreRefused() {
    assertThat(
            catchThrowable(
                () -> ImageReader.read(file("cmyk.jp2"), ImageReader.MOST_PIXELS, CODECS)))
        .hasMessage(
            "Cannot read JPEG 2000: its colours are of the space 12, CMYK, which is not read");
  }

  /** Noise behind a right beginning is no silence. */
  @Test
  void aSoundWithoutASampleIsDamaged() {
    byte[] noise = new byte[3000];
    new java.util.Random(7).nextBytes(noise);
    for (byte[] start : new byte[][] {{0x0B, 0x77}, {(byte) 0xFF, (byte) 0xF1}}) {
      System.arraycopy(start, 0, noise, 0, start.length);
      assertThat(catchThrowable(() -> samples(AudioReader.read(noise, CODECS))))
          .isInstanceOf(Rejected.class)
          .hasMessageStartingWith("Cannot read A");
    }
    byte[] headless = file("aac.m4a").clone();
    for (int i = 0; i + 4 < headless.length; i++) {
      if (new String(headless, i, 4, StandardCharsets.ISO_8859_1).equals("minf")) {
        headless[i + 1] = 'T';
      }
    }
    assertThat(catchThrowable(() -> samples(AudioReader.read(headless, CODECS))))
        .isInstanceOf(Rejected.class);
  }

  /** A profile that swaps red and blue does so in every container. */
  @ParameterizedTest
  @CsvSource({"swap.avif, 1", "swap.heic, 2", "swapgrid.heic, 2", "swap.jp2, 0"})
  void aProfileIsConvertedAsInOtherContainers(String name, double mean) {
    Signal.Image right = ImageReader.read(file("swap.png"));
    Signal.Image image = ImageReader.read(file(name), ImageReader.MOST_PIXELS, CODECS);
    assertThat(image.argb()).hasSameSizeAs(right.argb());
    long sum = 0;
    for (int i = 0; i < image.argb().length; i++) {
      for (int shift = 0; shift < 24; shift += 8) {
        sum += Math.abs((image.argb()[i] >> shift & 255) - (right.argb()[i] >> shift & 255));
      }
    }
    assertThat(sum / 3.0 / image.argb().length).isLessThanOrEqualTo(mean);
  }

  static List<Signal.Image> frames(Signal.Video video, double rate) throws IOException {
    List<Signal.Image> frames = new ArrayList<>();
    try (Signal.FrameStream stream = video.frames().open(rate)) {
      for (Signal.Image f = stream.next(); f != null; f = stream.next()) {
        frames.add(f);
      }
    }
    return frames;
  }

  /**
   * Twelve frames, ten a second: gradients, a blue that tells the frame, a white box that moves.
   */
  @ParameterizedTest
  @CsvSource({
    "h264.mp4, 48",
    "h264.mov, 48",
    "h264.3gp, 48",
    "h264.flv, 48",
    "h264.ts, 48",
    "mute.mp4, 48",
    "full444.mp4, 48",
    "hevc.mp4, 48",
    "hevc10.mkv, 48",
    "vp8.webm, 48",
    "vp9.webm, 48",
    "av1.mp4, 64",
    "mpeg4.avi, 48",
    "anim.gif, 48",
    "anim.png, 48",
    "anim.avif, 48",
  })
  void videoIsWhatItWasMadeOf(String name, int height) throws IOException {
    Signal.Video video = VideoReader.read(file(name), CODECS);
    List<Signal.Image> frames = frames(video, 10);
    assertThat(frames).hasSize(12);
    for (int i = 0; i < frames.size(); i++) {
      Signal.Image frame = frames.get(i);
      assertThat(frame.width()).isEqualTo(64);
      assertThat(frame.height()).isEqualTo(height);
      double off = 0;
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < 64; x++) {
          int argb = frame.argb()[y * 64 + x];
          int box = i * 64 / 12;
          boolean white = y >= height / 4 && y < height / 2 && x >= box && x < box + 8;
          int red = white ? 255 : x * 255 / 63;
          int green = white ? 255 : y * 255 / (height - 1);
          int blue = white ? 255 : 40 * i % 256;
          off +=
              Math.abs((argb >> 16 & 255) - red)
                  + Math.abs((argb >> 8 & 255) - green)
                  + Math.abs((argb & 255) - blue);
        }
      }
      assertThat(off / (3 * 64 * height))
          .as("frame %d", i)
          .isLessThan(name.startsWith("mpeg4") ? 12 : 6);
    }
    assertThat(frames(video, 5)).hasSize(6);
    assertThat(frames(video, 20)).hasSize(24);
  }

  /** Cut in the middle: never half of it in silence. */
  @ParameterizedTest
  @CsvSource({
    "lame.mp3",
    "mono16k.mp3",
    "aac.m4a",
    "opus.opus",
    "opus.webm",
    "alac.m4a",
    "tta.tta",
    "adpcm.wav",
    "alac.caf",
    "wma.wma",
    "pcm.w64",
  })
  void aSoundThatIsCutShortIsRefused(String name) {
    byte[] whole = file(name);
    for (double part : new double[] {0.3, 0.5}) {
      byte[] cut = java.util.Arrays.copyOf(whole, (int) (part * whole.length));
      Throwable refused = catchThrowable(() -> samples(AudioReader.read(cut, CODECS)));
      assertThat(refused).as("%s of %s", part, name).isInstanceOf(Rejected.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "h264.mp4",
    "h264.mov",
    "h264.3gp",
    "vp8.webm",
    "vp9.webm",
    "hevc10.mkv",
    "mpeg4.avi",
    "anim.gif",
    "anim.png",
    "anim.avif",
  })
  void aVideoThatIsCutShortIsRefused(String name) {
    byte[] whole = file(name);
    for (double part : new double[] {0.3, 0.5, 0.75}) {
      byte[] cut = java.util.Arrays.copyOf(whole, (int) (part * whole.length));
      Throwable refused = catchThrowable(() -> frames(VideoReader.read(cut, CODECS), 10));
      assertThat(refused).as("%s of %s", part, name).isInstanceOf(Rejected.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "444.avif",
    "alpha.avif",
    "swap.heic",
    "swapgrid.heic",
    "lossy.jp2",
    "lossless.jp2",
    "stream.j2k",
  })
  void aPictureThatIsCutShortIsRefused(String name) {
    byte[] whole = file(name);
    for (double part : new double[] {0.3, 0.5, 0.75, 0.95}) {
      byte[] cut = java.util.Arrays.copyOf(whole, (int) (part * whole.length));
      Throwable refused =
          catchThrowable(() -> ImageReader.read(cut, ImageReader.MOST_PIXELS, CODECS));
      assertThat(refused).as("%s of %s", part, name).isInstanceOf(Rejected.class);
    }
  }

  /** Two seconds of one frame are shown for two seconds. */
  @ParameterizedTest
  @CsvSource({"single.mp4", "single.gif"})
  void aVideoOfOneFrameIsAsLongAsItsFrame(String name) throws IOException {
    assertThat(frames(VideoReader.read(file(name), CODECS), 5)).hasSize(10);
  }

  /** Pixels twice as wide as high, said by the container alone. */
  @ParameterizedTest
  @CsvSource({"wide.mp4"})
  void pixelsThatAreNotSquareAreStretched(String name) throws IOException {
    Signal.Image frame = frames(VideoReader.read(file(name), CODECS), 10).get(0);
    assertThat(frame.width()).isEqualTo(128);
    assertThat(frame.height()).isEqualTo(48);
  }

  /** As a phone writes it: stored lying, seen upright. */
  @Test
  void aVideoIsTurnedAsItSays() throws IOException {
    List<Signal.Image> lying = frames(VideoReader.read(file("mute.mp4"), CODECS), 10);
    List<Signal.Image> upright = frames(VideoReader.read(file("turned.mp4"), CODECS), 10);
    assertThat(upright).hasSameSizeAs(lying);
    Signal.Image from = lying.get(5);
    Signal.Image to = upright.get(5);
    assertThat(to.width()).isEqualTo(48);
    assertThat(to.height()).isEqualTo(64);
    for (int y = 0; y < 48; y++) {
      for (int x = 0; x < 64; x++) {
        assertThat(to.argb()[x * 48 + 47 - y]).isEqualTo(from.argb()[y * 64 + x]);
      }
    }
  }

  @Test
  void theSoundOfAVideoIsInTheSameFile() throws IOException {
    for (String name : List.of("h264.mp4", "h264.mov", "vp9.webm", "h264.ts", "mpeg4.avi")) {
      Signal.Audio audio = AudioReader.read(file(name), CODECS);
      assertThat(audio.channels()).isEqualTo(2);
      float[] samples = samples(audio);
      assertThat(samples.length / 2.0 / audio.rate()).as(name).isCloseTo(1.2, within(0.08));
    }
    assertThat(samples(AudioReader.read(file("mute.mp4"), CODECS))).isEmpty();
  }

  @Test
  void whatIsPicturesAloneHasNoSound() throws IOException {
    for (String name : List.of("anim.gif", "anim.png", "anim.avif", "mute.mp4")) {
      assertThat(samples(AudioReader.track(file(name), CODECS))).as(name).isEmpty();
    }
    assertThat(samples(AudioReader.track(file("h264.mp4"), CODECS))).isNotEmpty();
  }

  @Test
  void aFileIsWhatItsBytesAre() throws IOException {
    byte[] content = file("h264.mp4");
    Payload cell = new Payload.Bytes(Medium.VIDEO.decoder(CODECS), content);
    Payload file = new Payload.File(Medium.VIDEO.decoder(CODECS), "a", path -> content);
    Digest one = new Digest();
    cell.digest(one);
    Digest other = new Digest();
    file.digest(other);
    assertThat(one.hex()).isEqualTo(other.hex());
    List<Signal.Image> frames = frames((Signal.Video) cell.signal(), 10);
    List<Signal.Image> again = frames((Signal.Video) file.signal(), 10);
    assertThat(frames).hasSameSizeAs(again);
    assertThat(frames.get(7).argb()).isEqualTo(again.get(7).argb());
  }
}
