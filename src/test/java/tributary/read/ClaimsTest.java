package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Sound files that claim sizes which their decoders would allocate. */
class ClaimsTest {
  @Test
  void flacMetadataIsSteppedOverWhateverItClaims() {
    byte[] flac = Sounds.resource("tone.flac");
    int frames = 42;
    for (boolean last = (flac[4] & 0x80) != 0; !last; ) {
      last = (flac[frames] & 0x80) != 0;
      frames += 4 + (ByteBuffer.wrap(flac).getInt(frames) & 0xFFFFFF);
    }
    ByteBuffer comments = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    comments.put((byte) 0x84).put(new byte[] {0, 0, 8}).putInt(0).putInt(0x7FFFFFF0);
    byte[] claims = new byte[42 + 12 + flac.length - frames];
    System.arraycopy(flac, 0, claims, 0, 42);
    claims[4] = 0;
    System.arraycopy(comments.array(), 0, claims, 42, 12);
    System.arraycopy(flac, frames, claims, 54, flac.length - frames);
    assertThat(Sounds.samples(AudioReader.read(claims)))
        .isEqualTo(Sounds.samples(AudioReader.read(flac)));
    claims[43] = 1;
    refused(
        claims,
        "Cannot read FLAC: the metadata at byte 42 ends at 65590, the file has " + claims.length);
  }

  @Test
  void flacBeginsWithItsStreamInformation() {
    byte[] flac = Sounds.resource("tone.flac");
    flac[7] = 33;
    refused(flac, "Cannot read FLAC: it begins with metadata of type 0 in 33 bytes");
  }

  @Test
  void whatFollowsTheLastFlacSampleIsLeftAlone() {
    byte[] flac = Sounds.resource("tone.flac");
    byte[] tagged = Arrays.copyOf(flac, flac.length + 128);
    System.arraycopy(Sounds.ascii("TAG"), 0, tagged, flac.length, 3); // ID3v1
    assertThat(Sounds.samples(AudioReader.read(tagged)))
        .isEqualTo(Sounds.samples(AudioReader.read(flac)));
  }

  @Test
  void vorbisCommentsAreSteppedOverWhateverTheyClaim() {
    byte[] ogg = Sounds.resource("tone.ogg");
    byte[] claims = ogg.clone();
    int vendor = place(ogg, 3) + 7;
    little(claims).putInt(vendor, 0x7FFFFFF0);
    Sounds.repair(claims);
    assertThat(Sounds.samples(AudioReader.read(claims)))
        .isEqualTo(Sounds.samples(AudioReader.read(ogg)));
  }

  @Test
  void aVorbisCodebookIsBounded() {
    byte[] ogg = Sounds.resource("tone.ogg");
    int book = place(ogg, 5) + 8;
    int dimensions = little(ogg).getShort(book + 3);
    Arrays.fill(ogg, book + 5, book + 8, (byte) 0xFF);
    Sounds.repair(ogg);
    refused(
        ogg,
        "Cannot read OGG: in the setup header, codebook 0 claims 16777215 entries of "
            + dimensions
            + " values");
  }

  @Test
  void aVorbisSetupThatIsNoneIsRefused() {
    byte[] ogg = Sounds.resource("tone.ogg");
    ogg[place(ogg, 5) + 8] = 0;
    Sounds.repair(ogg);
    refused(ogg, "Cannot read OGG: in the setup header, codebook 0 does not begin as one");
  }

  private static void refused(byte[] file, String message) {
    Rejections.rejected(
        () -> Sounds.samples(AudioReader.read(file)), Rejected.Reason.CORRUPT_AUDIO, message);
  }

  /** Where the Vorbis header of that type begins. */
  private static int place(byte[] ogg, int type) {
    byte[] magic = Sounds.ascii("?vorbis");
    magic[0] = (byte) type;
    int at = 0;
    while (!Arrays.equals(ogg, at, at + 7, magic, 0, 7)) {
      at++;
    }
    return at;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
