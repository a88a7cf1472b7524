package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.throwable;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.awt.image.BufferedImage;
import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every case gives the signal of its reader and a digest of its content. The digests are those in
 * tables that were written before there were cases: they must not change.
 */
class PayloadTest {
  private static final byte[] WORDS = "a red kite, höher".getBytes(StandardCharsets.UTF_8);
  private static final String DIGEST_OF_WORDS =
      "e83e8c62884519713b53d169d5aaaa673067c412f2e17c47f9a011dba46aa715";
  private static final byte[] PNG =
      Pictures.file(Pictures.drawn(3, 2, BufferedImage.TYPE_INT_RGB), "png");

  private static String digest(Payload payload) {
    Digest digest = new Digest();
    payload.digest(digest);
    return digest.hex();
  }

  private static Payload.Storage one(String path, byte[] content) {
    return asked -> {
      if (!asked.equals(path)) {
        throw new FileNotFoundException("no " + asked);
      }
      return content;
    };
  }

  private static AbstractThrowableAssert<?, ?> rejected(Payload payload, Rejected.Reason reason) {
    return assertThatThrownBy(payload::signal)
        .asInstanceOf(throwable(Rejected.class))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void text() {
    Payload text = new Payload.Text(WORDS);
    assertThat(text.signal()).isEqualTo(new Signal.Text(WORDS));
    assertThat(digest(text)).isEqualTo(DIGEST_OF_WORDS);
    rejected(new Payload.Text(new byte[] {'a', (byte) 0xFF}), Rejected.Reason.NOT_UTF8)
        .hasMessage("Cannot read text: 0xFF at byte 1 of 2 is not UTF-8");
  }

  @Test
  void bytesOfAPicture() {
    Payload png = new Payload.Bytes(Medium.PICTURE.decoder(), PNG);
    assertThat(png.signal())
        .usingRecursiveComparison()
        .isEqualTo(ImageReader.read(PNG))
        .isInstanceOf(Signal.Image.class);
    assertThat(digest(png)).isEqualTo(digest(new Payload.Text(PNG)));
    rejected(new Payload.Bytes(Medium.PICTURE.decoder(), WORDS), Rejected.Reason.UNKNOWN_FORMAT);
  }

  @Test
  void bytesOfASound() {
    byte[] wav = Sounds.wav(1, 2, 8000, 16, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    Payload sound = new Payload.Bytes(Medium.SOUND.decoder(), wav);
    assertThat(sound.signal())
        .asInstanceOf(type(Signal.Audio.class))
        .satisfies(
            a -> {
              assertThat(a.rate()).isEqualTo(8000);
              assertThat(Sounds.samples(a)).isEqualTo(Sounds.samples(AudioReader.read(wav)));
            });
    rejected(new Payload.Bytes(Medium.SOUND.decoder(), WORDS), Rejected.Reason.UNKNOWN_FORMAT);
  }

  @ParameterizedTest
  @EnumSource
  void aFileIsWhatItsBytesAre(Medium medium) {
    byte[] content =
        switch (medium) {
          case TEXT -> WORDS;
          case PICTURE -> PNG;
          case SOUND -> Sounds.wav(1, 1, 8000, 8, new byte[] {1, 2, 3});
          case MESH -> "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".getBytes(StandardCharsets.US_ASCII);
        };
    Payload file = new Payload.File(medium.decoder(), "a", one("a", content));
    Payload cell = new Payload.Bytes(medium.decoder(), content);
    assertThat(digest(file)).isEqualTo(digest(cell));
    assertThat(file.signal()).hasSameClassAs(cell.signal());
    if (medium != Medium.SOUND) { // which is read again whenever it is opened
      assertThat(file.signal()).usingRecursiveComparison().isEqualTo(cell.signal());
    }
  }

  @Test
  void aFileIsReadOnceWhenItIsAskedFor() {
    List<String> asked = new ArrayList<>();
    Payload file =
        new Payload.File(
            Medium.TEXT.decoder(),
            "folder/a.txt",
            path -> {
              asked.add(path);
              return WORDS;
            });
    assertThat(asked).isEmpty();
    assertThat(digest(file)).isEqualTo(DIGEST_OF_WORDS);
    assertThat(file.signal()).isEqualTo(new Signal.Text(WORDS));
    assertThat(digest(file)).isEqualTo(DIGEST_OF_WORDS);
    assertThat(asked).containsExactly("folder/a.txt");
  }

  @Test
  void aFileThatCannotBeReadIsMissing() {
    Payload nowhere = new Payload.File(Medium.TEXT.decoder(), "b", one("a", WORDS));
    rejected(nowhere, Rejected.Reason.MISSING_FILE).hasMessage("Cannot read b: no b");
    assertThatThrownBy(() -> digest(nowhere)).isInstanceOf(Rejected.class);
    Payload noPath =
        new Payload.File(
            Medium.TEXT.decoder(),
            "::",
            path -> {
              throw new IllegalArgumentException("no path");
            });
    rejected(noPath, Rejected.Reason.MISSING_FILE).hasMessage("Cannot read ::: no path");
    Payload odd =
        new Payload.File(
            Medium.TEXT.decoder(),
            "odd",
            path -> {
              throw new NegativeArraySizeException("-1");
            });
    rejected(odd, Rejected.Reason.MISSING_FILE).hasMessage("Cannot read odd: -1");
    Payload large =
        new Payload.File(
            Medium.TEXT.decoder(),
            "large",
            path -> {
              throw new Rejected(Rejected.Reason.PAYLOAD_TOO_LARGE, path + ": 9 bytes");
            });
    rejected(large, Rejected.Reason.PAYLOAD_TOO_LARGE).hasMessage("large: 9 bytes");
  }

  @Test
  void aPictureLikeTheOneBeforeIsNotDecodedAgain() {
    byte[] other = Pictures.file(Pictures.drawn(2, 2, BufferedImage.TYPE_INT_RGB), "png");
    Decoder decoder = Medium.PICTURE.decoder();
    Signal first = decoder.decode(PNG);
    assertThat(decoder.decode(PNG.clone())).isSameAs(first);
    assertThat(decoder.decode(other)).usingRecursiveComparison().isEqualTo(ImageReader.read(other));
    assertThat(decoder.decode(PNG)).isNotSameAs(first).usingRecursiveComparison().isEqualTo(first);
    assertThatThrownBy(() -> decoder.decode(WORDS)).isInstanceOf(Rejected.class);
    assertThatThrownBy(() -> decoder.decode(WORDS)).isInstanceOf(Rejected.class);
  }

  @Test
  void picture() {
    byte[] bgr = {0, 0, -1, 0, -1, 0};
    Payload picture = new Payload.Picture(1, 2, 3, 16, bgr);
    assertThat(picture.signal())
        .usingRecursiveComparison()
        .isEqualTo(new Signal.Image(2, 1, new int[] {0xFFFF0000, 0xFF00FF00}));
    assertThat(digest(picture))
        .isEqualTo("9598b28501c3204b8c7921ea65d10d1bfa6cbee9d9b3bf15003337cbf14d79ab");
    rejected(new Payload.Picture(1, 2, 4, 16, bgr), Rejected.Reason.CORRUPT_IMAGE)
        .hasMessage("Invalid nChannels: 4 (mode 16 has 3)");
  }

  @Test
  void samples() {
    float[] mono = {0.5f, -0.25f, 1};
    Payload samples = new Payload.Samples(8000, mono);
    assertThat(samples.signal())
        .asInstanceOf(type(Signal.Audio.class))
        .satisfies(a -> assertThat(Sounds.samples(a)).containsExactly(mono));
    assertThat(digest(samples))
        .isEqualTo("90df6453d3dcbd2252d5a81d9a33b79f58401941e980b51b95b776ea5a7f1f71");
    assertThat(digest(new Payload.Samples(44100.5, mono)))
        .isEqualTo("5df76a9f13a45e677c6b84e7fad2ad10342f70ced622d55ca3503253339137e1");
    rejected(new Payload.Samples(Double.NaN, mono), Rejected.Reason.CORRUPT_AUDIO)
        .hasMessage("Invalid rate: NaN (must be 1 to 2147483647)");
  }

  @Test
  void vectors() {
    float[] values = {1, 2, 3, 4, 5, 6.5f};
    Payload vectors = new Payload.Vectors(3, values);
    assertThat(vectors.signal()).isEqualTo(new Signal.Vectors(3, values));
    assertThat(digest(vectors))
        .isEqualTo("76e0a5a9ad17963a6c4a57cb8768a9e51df935b4e9c666fc2922d07a35c4e726");
    rejected(new Payload.Vectors(3, new float[] {1, Float.NaN, 3}), Rejected.Reason.NOT_FINITE)
        .hasMessage("Cannot read vectors: value 1 (row 0, column 1) is NaN");
  }

  @Test
  void series() {
    double[] times = {0.5, 1.5};
    double[] values = {1, 2, 3, 4};
    Payload series = new Payload.Series(times, 2, values);
    assertThat(series.signal()).isEqualTo(new Signal.Series(times, 2, values));
    assertThat(digest(series))
        .isEqualTo("ef6f85ab355e9f5caa2cea651daf6b1f2af5b96812893b604dcf2f9df235add3");
    rejected(
            new Payload.Series(new double[] {Double.NaN, 1}, 2, values), Rejected.Reason.NOT_FINITE)
        .hasMessage("Cannot read series: time 0 is NaN");
  }

  @Test
  void points() {
    double[] coordinates = {1, 2, 4, 5};
    Payload points = new Payload.Points(2, coordinates);
    assertThat(points.signal()).isEqualTo(new Signal.Points(2, coordinates));
    assertThat(digest(points))
        .isEqualTo("91d42fad480cdb27b3fc6449dd3ead21260d44f0933f75641e011f1da7b142ba");
    rejected(new Payload.Points(3, coordinates), Rejected.Reason.WRONG_WIDTH)
        .hasMessage("Cannot read points: 4 values are no multiple of dimensions 3");
    assertThat(digest(new Payload.Points(2, new double[] {0.1, 0.1})))
        .isNotEqualTo(digest(new Payload.Points(2, new double[] {0.1f, 0.1f})));
  }
}
