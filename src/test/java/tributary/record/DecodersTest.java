package tributary.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.model.ModalitySpec;
import tributary.read.Rejected;
import tributary.read.Signal;

/** A modality's bytes go to the reader of its kind, whatever they look like. */
class DecodersTest {
  private static final ModalitySpec TEXT = new ModalitySpec.Text();
  private static final ModalitySpec IMAGE =
      new ModalitySpec.Image(16, 4, ModalitySpec.Image.Order.RASTER);
  private static final ModalitySpec PIXELS = new ModalitySpec.Pixels(8, 8);
  private static final ModalitySpec AUDIO =
      new ModalitySpec.Audio(8000, ModalitySpec.Audio.Form.RAW, 64, 64, 0);

  private static byte[] png() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0xFF102030);
    image.setRGB(1, 0, 0x80405060);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, "png", out)).isTrue();
    return out.toByteArray();
  }

  /** Two frames of one channel, 16 bits. */
  private static byte[] wav() {
    ByteBuffer out = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    out.put(ascii("RIFF")).putInt(40).put(ascii("WAVEfmt ")).putInt(16);
    out.putShort((short) 1).putShort((short) 1).putInt(8000).putInt(16_000);
    out.putShort((short) 2).putShort((short) 16).put(ascii("data")).putInt(4);
    return out.putShort((short) 16_384).putShort((short) -32_768).array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aTextIsItsBytes() {
    byte[] bytes = "Grüße".getBytes(StandardCharsets.UTF_8);
    assertThat(Decoders.decode(TEXT, bytes)).isEqualTo(new Signal.Text(bytes));
  }

  @Test
  void imagesAndPixelsArePictures() throws IOException {
    for (ModalitySpec spec : List.of(IMAGE, PIXELS)) {
      Signal.Image image = (Signal.Image) Decoders.decode(spec, png());
      assertThat(image.width()).isEqualTo(2);
      assertThat(image.height()).isEqualTo(1);
      assertThat(image.argb()).containsExactly(0xFF102030, 0x80405060);
    }
  }

  @Test
  void audioIsSound() throws IOException {
    Signal.Audio audio = (Signal.Audio) Decoders.decode(AUDIO, wav());
    assertThat(audio.rate()).isEqualTo(8000);
    assertThat(audio.channels()).isEqualTo(1);
    float[] samples = new float[3];
    try (Signal.PcmStream stream = audio.pcm().open()) {
      assertThat(stream.read(samples, 3)).isEqualTo(2);
    }
    assertThat(samples).containsExactly(0.5f, -1, 0);
  }

  @Test
  void whatAnotherReaderWouldTakeIsRejected() throws IOException {
    assertThat(reason(TEXT, png())).isEqualTo(Rejected.Reason.NOT_UTF8);
    assertThat(reason(IMAGE, wav())).isEqualTo(Rejected.Reason.UNKNOWN_FORMAT);
    assertThat(reason(PIXELS, ascii("a text"))).isEqualTo(Rejected.Reason.UNKNOWN_FORMAT);
    assertThat(reason(AUDIO, png())).isEqualTo(Rejected.Reason.UNKNOWN_FORMAT);
    assertThat(reason(AUDIO, new byte[0])).isEqualTo(Rejected.Reason.EMPTY_PAYLOAD);
  }

  private static Rejected.Reason reason(ModalitySpec spec, byte[] payload) {
    return catchThrowableOfType(Rejected.class, () -> Decoders.decode(spec, payload)).reason();
  }

  static List<ModalitySpec> numbers() {
    return List.of(
        new ModalitySpec.Vectors(3),
        new ModalitySpec.Series(3, 2, 1, 100),
        new ModalitySpec.Points(2, ModalitySpec.Image.Order.MORTON),
        new ModalitySpec.Raw(5));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void numbersHaveNoBytes(ModalitySpec spec) {
    assertThatThrownBy(() -> Decoders.decode(spec, new byte[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid modality kind: " + spec.kind() + " (bytes are text, image or audio)");
  }
}
