package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignaturesTest {
  /** First bytes as files of these formats have them. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "HEIC, 00000024667479706865696300000000",
    "HEIF, 00000018667479706d69663100000000",
    "AVIF, 00000020667479706176696600000000",
    "JPEG 2000, 0000000c6a5020200d0a870a",
    "JPEG 2000, ff4fff51002f0000",
    "JPEG XL, 0000000c4a584c200d0a870a",
    "JPEG XL, ff0a7f0e",
    "Photoshop (PSD), 3842505300010000",
    "ICO, 0000010001002020",
    "'PNM (PBM, PGM, PPM)', 50360a3120310a3235350a",
    "PDF, 255044462d312e37",
    "MP4, 000000206674797069736f6d00000200",
    "QuickTime, 00000014667479707174202000000200",
    "Matroska or WebM, 1a45dfa39f4286810142f781",
    "AVI, 524946462400000041564920",
    "'M4A (AAC or ALAC)', 00000020667479704d34412000000200",
    "MP3, fffb9064",
    "'MP3 (after an ID3 tag)', 49443304000000000023",
    "ZIP, 504b030414000000",
    "gzip, 1f8b0800",
    "'DICOM', ''",
    "'a pointer of Git LFS, not the file', 76657273696f6e2068747470733a2f2f6769742d6c66732e",
  })
  void isNamed(String name, String hex) {
    byte[] payload = Arrays.copyOf(HexFormat.of().parseHex(hex), 200);
    if (name.equals("DICOM")) {
      System.arraycopy("DICM".getBytes(StandardCharsets.US_ASCII), 0, payload, 128, 4);
    }
    assertThat(Signatures.name(payload)).isEqualTo(name);
    Rejections.rejected(
        () -> ImageReader.read(payload),
        Rejected.Reason.UNKNOWN_FORMAT,
        "Cannot read image: it is " + name + ", " + why(name));
  }

  private static String why(String name) {
    return switch (name) {
      case "HEIC", "AVIF", "HEIF", "JPEG 2000" ->
          "which is decoded by a library of codecs, and none is in use";
      case "MP4",
          "QuickTime",
          "Matroska or WebM",
          "AVI",
          "M4A (AAC or ALAC)",
          "MP3",
          "MP3 (after an ID3 tag)" ->
          "which holds no image";
      default -> "which is not read";
    };
  }

  /** No format that is read is in the table, and no noise is. */
  @Test
  void whatIsReadIsNotNamedHere() {
    PictureFilesTest.expected()
        .map(line -> line.substring(0, line.indexOf('\t')))
        .forEach(name -> assertThat(Signatures.name(PictureFilesTest.file(name))).isNull());
    assertThat(Signatures.name(new byte[0])).isNull();
    assertThat(Signatures.name(new byte[600])).isNull();
    assertThat(Signatures.name("a text".getBytes(StandardCharsets.UTF_8))).isNull();
  }

  @Test
  void aSoundAmongPicturesIsNamed() {
    byte[] flac = Sounds.resource("tone.flac");
    assertThat(catchThrowableOfType(Rejected.class, () -> ImageReader.read(flac)))
        .hasMessage("Cannot read image: it is FLAC");
    byte[] png = PictureFilesTest.file("whole.png");
    assertThat(catchThrowableOfType(Rejected.class, () -> AudioReader.read(png)))
        .hasMessage("Cannot read audio: it is PNG");
  }
}
