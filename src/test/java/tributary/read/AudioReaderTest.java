package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AudioReaderTest {
  private static final int RATE = 8000;

  @Test
  void wholeNumbersOfEachDepth() {
    wav(1, 8, new byte[] {0, (byte) 128, (byte) 255, 64}, -1f, 0f, 127 / 128f, -0.5f);
    wav(
        1,
        16,
        little(8)
            .putShort(Short.MIN_VALUE)
            .putShort((short) 0)
            .putShort(Short.MAX_VALUE)
            .putShort((short) -1)
            .array(),
        -1f,
        0f,
        32767 / 32768f,
        -1 / 32768f);
    byte[] three = {0, 0, (byte) 0x80, 0, 0, 0x40, -1, -1, -1};
    wav(1, 24, three, -1f, 0.5f, -1 / 8388608f);
    wav(1, 32, little(8).putInt(Integer.MIN_VALUE).putInt(1 << 30).array(), -1f, 0.5f);
  }

  @Test
  void floatingNumbersOfEachDepth() {
    wav(3, 32, little(8).putFloat(0.1f).putFloat(-1.5f).array(), 0.1f, -1.5f);
    wav(3, 64, little(16).putDouble(0.1).putDouble(-0.25).array(), 0.1f, -0.25f);
  }

  private static void wav(int tag, int bits, byte[] samples, float... expected) {
    Signal.Audio plain = AudioReader.read(Sounds.wav(tag, 1, RATE, bits, samples));
    assertThat(plain.rate()).isEqualTo(RATE);
    assertThat(plain.channels()).isOne();
    assertThat(Sounds.samples(plain)).containsExactly(expected);
    Signal.Audio extensible = AudioReader.read(Sounds.extensible(tag, 1, RATE, bits, samples));
    assertThat(Sounds.samples(extensible)).containsExactly(expected);
  }

  @Test
  void aSilentLeftChannelStays() {
    byte[] frames =
        little(8)
            .putShort((short) 0)
            .putShort((short) 16384)
            .putShort((short) 0)
            .putShort((short) -16384)
            .array();
    Signal.Audio audio = AudioReader.read(Sounds.wav(1, 2, RATE, 16, frames));
    assertThat(audio.channels()).isEqualTo(2);
    assertThat(Sounds.samples(audio)).containsExactly(0f, 0.5f, 0f, -0.5f);
  }

  @Test
  void noSamplesAreLegal() {
    Signal.Audio audio = AudioReader.read(Sounds.wav(1, 1, RATE, 16, new byte[0]));
    assertThat(Sounds.samples(audio)).isEmpty();
    assertThat(Sounds.samples(AudioReader.pcm(RATE, new float[0]))).isEmpty();
  }

  @Test
  void lyingHeadersAreRefusedWithBothNumbers() {
    byte[] four = new byte[4];
    corrupt(
        Sounds.wav(1, 1, RATE, 2, 16, 1000, four),
        "Cannot read WAV: the data chunk at byte 36 has 1000 bytes (at least 0), the file has 48");
    corrupt(
        Sounds.wav(1, 1, RATE, 2, 16, 0x7DFFFFFF, four),
        "Cannot read WAV: the data chunk at byte 36 has 2113929215 bytes (at least 0), the file"
            + " has 48");
    corrupt(
        Sounds.wav(1, 0, RATE, 0, 16, 4, four), "Invalid channels of WAV: 0 (must be 1 to 65535)");
    corrupt(
        Sounds.wav(1, 1, 0, 2, 16, 4, four), "Invalid rate of WAV: 0 (must be 1 to 2147483647)");
    corrupt(
        Sounds.wav(1, 2, RATE, 60000, 16, 4, four),
        "Cannot read WAV: a block of 60000 bytes for 2 channels of 16 bits");
    corrupt(
        Sounds.wav(1, 1, RATE, 2, 16, 3, four),
        "Cannot read WAV: 3 bytes of samples are no multiple of a frame's 2");
    corrupt(
        Arrays.copyOf(Sounds.wav(1, 1, RATE, 16, four), 36),
        "Cannot read WAV: no data chunk in 36 bytes");
  }

  /** Its LIST of 5 bytes is followed by the data at once; libsndfile, SoX and FFmpeg refuse it. */
  @Test
  void anOddChunkWithoutItsPaddingIsNamed() {
    corrupt(
        Sounds.resource("list_odd_unpadded.wav"),
        "Cannot read WAV: no data chunk in 257 bytes: the LIST chunk at byte 36 is odd and has no"
            + " padding byte");
  }

  @Test
  void whatIsEmptyStaysEmpty() {
    byte[] wav = Sounds.wav(1, 1, RATE, 16, new byte[0]);
    byte[] list = Arrays.copyOf(wav, 44 + 12);
    System.arraycopy(Sounds.ascii("LIST"), 0, list, 44, 4);
    list[48] = 4;
    System.arraycopy(Sounds.ascii("INFO"), 0, list, 52, 4);
    byte[] tag = Arrays.copyOf(wav, 44 + 128);
    System.arraycopy(Sounds.ascii("TAG"), 0, tag, 44, 3);
    byte[] stray = Arrays.copyOf(wav, 45);
    byte[] au = ByteBuffer.allocate(24).put(Sounds.ascii(".snd")).putInt(24).putInt(0).array();
    ByteBuffer.wrap(au).putInt(12, 3).putInt(16, RATE).putInt(20, 1);
    for (byte[] file : List.of(wav, list, tag, stray, au)) {
      assertThat(Sounds.samples(AudioReader.read(file))).isEmpty();
    }
  }

  @Test
  void anEmptyAiffIsEmptyWithItsSoundChunkOrWithout() throws IOException {
    AudioFormat format = new AudioFormat(44100, 16, 2, true, true);
    byte[] file =
        write(
            new AudioInputStream(new ByteArrayInputStream(new byte[0]), format, 0),
            AudioFileFormat.Type.AIFF);
    assertThat(Sounds.samples(AudioReader.read(file))).isEmpty();
    byte[] withoutSsnd = Arrays.copyOf(file, file.length - 16);
    assertThat(Sounds.samples(AudioReader.read(withoutSsnd))).isEmpty();
  }

  @Test
  void whatAContainerHoldsIsNamedWhereItIsNotRead() {
    unread(
        Sounds.wav(2, 1, RATE, 4, new byte[4]),
        "Cannot read WAV: it holds Microsoft ADPCM, numbered 2, 4 bits, which is not read"
            + ELSEWHERE);
    unread(
        Sounds.wav(0x55, 1, RATE, 0, new byte[4]),
        "Cannot read WAV: it holds MP3, numbered 85, 0 bits, which is not read" + ELSEWHERE);
    unread(
        Sounds.wav(0x7777, 1, RATE, 16, new byte[4]),
        "Cannot read WAV: it holds a coding that is numbered 30583, 16 bits, which is not read");
    unread(
        Sounds.resource("opus.ogg"),
        "Cannot read OGG: it holds Opus, which is not read" + ELSEWHERE);
    byte[] flac = Sounds.resource("stereo24.flac");
    flac[21] |= (byte) 0xF0;
    unread(flac, "Cannot read FLAC: it holds samples of 32 bits, which is not read" + ELSEWHERE);
    byte[] aifc = Sounds.resource("kinds/pipe-0.aifc");
    System.arraycopy(Sounds.ascii("ima4"), 0, aifc, 50, 4);
    unread(
        aifc,
        "Cannot read AIFF: it holds IMA ADPCM, numbered ima4, 16 bits, which is not read"
            + ELSEWHERE);
    byte[] au = Sounds.resource("kinds/pipe-ff.au");
    au[15] = 23;
    unread(au, "Cannot read AU: it holds G.721 ADPCM, numbered 23, which is not read");
  }

  private static final String ELSEWHERE =
      " here; a library of codecs would decode it, and none is in use";

  private static void unread(byte[] file, String message) {
    Rejections.rejected(() -> AudioReader.read(file), Rejected.Reason.UNKNOWN_FORMAT, message);
  }

  @Test
  void aFloatThatIsNotFiniteIsMetWhereItLies() {
    byte[] samples = little(8).putFloat(0.5f).putFloat(Float.NaN).array();
    Signal.Audio audio = AudioReader.read(Sounds.wav(3, 1, RATE, 32, samples));
    Rejections.rejected(
        () -> Sounds.samples(audio),
        Rejected.Reason.NOT_FINITE,
        "Cannot read audio: sample 1 is NaN");
  }

  @Test
  void auAndAiffAsJavaWritesThem() throws IOException {
    byte[] samples = new byte[400];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) (i * 37);
    }
    AudioFormat format = new AudioFormat(44100, 16, 2, true, true);
    ShortView expected = new ShortView(ByteBuffer.wrap(samples));
    for (AudioFileFormat.Type type :
        List.of(AudioFileFormat.Type.AU, AudioFileFormat.Type.AIFF, AudioFileFormat.Type.WAVE)) {
      byte[] file =
          write(new AudioInputStream(new ByteArrayInputStream(samples), format, 100), type);
      Signal.Audio audio = AudioReader.read(file);
      assertThat(audio.rate()).isEqualTo(44100);
      assertThat(audio.channels()).isEqualTo(2);
      assertThat(Sounds.samples(audio)).as("%s", type).containsExactly(expected.floats());
      byte[] cut = Arrays.copyOf(file, file.length - 7);
      assertThat(catchThrowableOfType(Rejected.class, () -> AudioReader.read(cut)).reason())
          .isEqualTo(Rejected.Reason.CORRUPT_AUDIO);
    }
  }

  /** Every code of both laws, against the JDK's converter. */
  @ParameterizedTest
  @ValueSource(ints = {6, 7})
  void logarithmicCodesAgreeWithTheJdk(int tag) throws IOException {
    byte[] codes = new byte[256];
    for (int i = 0; i < 256; i++) {
      codes[i] = (byte) i;
    }
    AudioFormat.Encoding law = tag == 6 ? AudioFormat.Encoding.ALAW : AudioFormat.Encoding.ULAW;
    AudioInputStream coded =
        new AudioInputStream(
            new ByteArrayInputStream(codes), new AudioFormat(law, RATE, 8, 1, 1, RATE, false), 256);
    AudioFormat linear = new AudioFormat(RATE, 16, 1, true, true);
    byte[] decoded = AudioSystem.getAudioInputStream(linear, coded).readAllBytes();
    assertThat(Sounds.samples(AudioReader.read(Sounds.wav(tag, 1, RATE, 8, codes))))
        .containsExactly(new ShortView(ByteBuffer.wrap(decoded)).floats());
  }

  @Test
  void vorbisGivesAllItsSamplesAndNoMore() {
    assertThat(Sounds.samples(AudioReader.read(Sounds.resource("tone.ogg")))).hasSize(4000);
    assertThat(Sounds.samples(AudioReader.read(Sounds.resource("short.ogg")))).hasSize(100);
    assertThat(Sounds.samples(AudioReader.read(Sounds.resource("chained.ogg")))).hasSize(4100);
  }

  @Test
  void chainedVorbisIsItsStreamsOneAfterTheOther() {
    float[] chained = Sounds.samples(AudioReader.read(Sounds.resource("chained.ogg")));
    assertThat(Arrays.copyOf(chained, 100))
        .containsExactly(Sounds.samples(AudioReader.read(Sounds.resource("short.ogg"))));
    assertThat(Arrays.copyOfRange(chained, 100, 4100))
        .containsExactly(Sounds.samples(AudioReader.read(Sounds.resource("tone.ogg"))));
  }

  /** Half a second of 440 Hz at half the full scale; a lossy coder keeps its power. */
  @Test
  void vorbisKeepsTheToneAndTheSilentChannel() {
    float[] frames = Sounds.samples(AudioReader.read(Sounds.resource("left.ogg")));
    assertThat(frames).hasSize(8000);
    double[] power = new double[2];
    double inPhase = 0;
    for (int i = 0; i < 4000; i++) {
      power[0] += frames[2 * i] * frames[2 * i] / 4000.0;
      power[1] += frames[2 * i + 1] * frames[2 * i + 1] / 4000.0;
      inPhase += frames[2 * i + 1] * Math.sin(2 * Math.PI * 440 * i / RATE) / 4000.0;
    }
    assertThat(power[0]).isLessThan(1e-8); // the coder couples the channels
    assertThat(power[1]).isBetween(0.11, 0.14);
    assertThat(Math.abs(inPhase)).isBetween(0.22, 0.27);
  }

  @Test
  void flacIsLossless() {
    float[] tone = Sounds.samples(AudioReader.read(Sounds.resource("tone.flac")));
    assertThat(tone).hasSize(4000);
    for (int i = 0; i < tone.length; i++) {
      float exact = (float) (0.5 * Math.sin(2 * Math.PI * 440 * i / RATE));
      assertThat(Math.abs(tone[i] - exact)).isLessThanOrEqualTo(1 / 32768f);
    }
    Signal.Audio stereo = AudioReader.read(Sounds.resource("stereo24.flac"));
    assertThat(stereo.channels()).isEqualTo(2);
    assertThat(Sounds.samples(stereo)).hasSize(1600);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tone.ogg", "tone.flac"})
  void whatIsCutIsRefused(String name) {
    byte[] whole = Sounds.resource(name);
    for (int length = 10; length < whole.length; length += 10) {
      byte[] cut = Arrays.copyOf(whole, length);
      Rejected rejected =
          catchThrowableOfType(Rejected.class, () -> Sounds.samples(AudioReader.read(cut)));
      assertThat(rejected).as("%s cut to %d bytes", name, length).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"chained.ogg", "left.ogg", "stereo24.flac"})
  void everyOpeningGivesTheSameSamplesFromManyThreadsToo(String name)
      throws ExecutionException, InterruptedException {
    Signal.Audio audio = AudioReader.read(Sounds.resource(name));
    float[] once = Sounds.samples(audio);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<float[]>> others = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        others.add(threads.submit(() -> Sounds.samples(audio)));
      }
      for (Future<float[]> other : others) {
        assertThat(other.get()).isEqualTo(once);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void pcmIsCheckedAndKept() {
    Signal.Audio audio = AudioReader.pcm(22050, new float[] {0.25f, -0.5f});
    assertThat(audio.rate()).isEqualTo(22050);
    assertThat(Sounds.samples(audio)).containsExactly(0.25f, -0.5f);
    Rejections.rejected(
        () -> AudioReader.pcm(22050, new float[] {0, Float.POSITIVE_INFINITY}),
        Rejected.Reason.NOT_FINITE,
        "Cannot read audio: sample 1 is Infinity");
    Rejections.rejected(
        () -> AudioReader.pcm(Double.NaN, new float[1]),
        Rejected.Reason.CORRUPT_AUDIO,
        "Invalid rate: NaN (must be 1 to 2147483647)");
  }

  @Test
  void whatIsNoSoundIsNamedByItsFirstBytes() {
    Rejections.rejected(
        () -> AudioReader.read(Sounds.ascii("hello")),
        Rejected.Reason.UNKNOWN_FORMAT,
        "Cannot read audio: its 5 bytes begin as no known format does");
    Rejections.rejected(
        () -> AudioReader.read(new byte[0]),
        Rejected.Reason.EMPTY_PAYLOAD,
        "Cannot read audio: it has 0 bytes");
  }

  private record ShortView(ByteBuffer bytes) {
    float[] floats() {
      float[] floats = new float[bytes.capacity() / 2];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = bytes.getShort(2 * i) / 32768f;
      }
      return floats;
    }
  }

  private static byte[] write(AudioInputStream in, AudioFileFormat.Type type) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    AudioSystem.write(in, type, out);
    return out.toByteArray();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void corrupt(byte[] payload, String message) {
    Rejections.rejected(() -> AudioReader.read(payload), Rejected.Reason.CORRUPT_AUDIO, message);
  }
}
