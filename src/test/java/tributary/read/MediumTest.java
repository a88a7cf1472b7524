package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Bytes go to the reader of what they are meant to be, whatever they look like. */
class MediumTest {
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
    assertThat(Medium.TEXT.decoder(CodecLibrary.NONE).decode(bytes))
        .isEqualTo(new Signal.Text(bytes));
  }

  @Test
  void aPictureIsItsPixels() throws IOException {
    Signal.Image image = (Signal.Image) Medium.PICTURE.decoder(CodecLibrary.NONE).decode(png());
    assertThat(image.width()).isEqualTo(2);
    assertThat(image.height()).isEqualTo(1);
    assertThat(image.argb()).containsExactly(0xFF102030, 0x80405060);
  }

  @Test
  void aSoundIsItsSamples() throws IOException {
    Signal.Audio audio = (Signal.Audio) Medium.SOUND.decoder(CodecLibrary.NONE).decode(wav());
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
    assertThat(reason(Medium.TEXT, png())).isEqualTo(Rejected.Reason.NOT_UTF8);
    assertThat(reason(Medium.PICTURE, wav())).isEqualTo(Rejected.Reason.UNKNOWN_FORMAT);
    assertThat(reason(Medium.PICTURE, ascii("a text"))).isEqualTo(Rejected.Reason.UNKNOWN_FORMAT);
    assertThat(reason(Medium.SOUND, png())).isEqualTo(Rejected.Reason.UNKNOWN_FORMAT);
    assertThat(reason(Medium.SOUND, new byte[0])).isEqualTo(Rejected.Reason.EMPTY_PAYLOAD);
  }

  private static Rejected.Reason reason(Medium medium, byte[] payload) {
    return catchThrowableOfType(
            Rejected.class, () -> medium.decoder(CodecLibrary.NONE).decode(payload))
        .reason();
  }
}
