package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SvgReaderTest {
  private static final String SPACES =
      " xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' ";

  private static final String TOO_MUCH =
      "Cannot read SVG: more than 200000 elements and dashes with all written out";

  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "width='20' height='10' | 512 | 256",
        "width='1cm' height='20mm' | 256 | 512",
        "viewBox='0 0 30 60' | 256 | 512",
        "width='100%' height='100%' viewBox='0,0,60,30' | 512 | 256",
        "width='20' viewBox='0 0 60 30' | 512 | 256",
        "version='1.1' | 512 | 512",
        "width='100000' height='1' | 512 | 1",
      })
  void theLongerSideIsDrawnAs512(String size, int width, int height) {
    Signal.Image image = draw(size, "<rect width='1000' height='1000' fill='#0080ff'/>");
    assertThat(image.width()).isEqualTo(width);
    assertThat(image.height()).isEqualTo(height);
    assertThat(image.argb()[0]).isEqualTo(0xFF0080FF);
  }

  @Test
  void whereNothingIsDrawnThePictureIsTransparent() {
    Signal.Image image = draw("width='2' height='2'", "<rect width='1' height='2' fill='red'/>");
    assertThat(image.argb()[100]).isEqualTo(0xFFFF0000);
    assertThat(image.argb()[500]).isZero();
  }

  @Test
  void aPictureInsideIsDrawn() {
    BufferedImage green = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 16; i++) {
      green.setRGB(i % 4, i / 4, 0x00FF00);
    }
    String data = Base64.getEncoder().encodeToString(Pictures.file(green, "png"));
    Signal.Image image =
        draw(
            "width='4' height='4'",
            "<image width='4' height='4' xlink:href='data:image/png;base64," + data + "'/>");
    assertThat(image.argb()[512 * 256 + 256]).isEqualTo(0xFF00FF00);
  }

  @Test
  void documentTypesAndTheFilesOwnEntitiesAreReadAndNothingIsFetched() {
    String svg =
        "<?xml version='1.0'?>\n<!-- drawn by hand -->\n"
            + "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'"
            + " 'http://nowhere.invalid/svg11.dtd' [<!ENTITY hue 'blue'>]>\n"
            + "<svg"
            + SPACES
            + "width='2' height='2'><rect width='2' height='2' fill='&hue;'/></svg>";
    assertThat(ImageReader.read(bytes(svg)).argb()[9]).isEqualTo(0xFF0000FF);
  }

  @Test
  void aFileIsNotReadThroughAnEntity() throws IOException {
    Path secret = Files.writeString(dir.resolve("secret"), "red");
    String svg =
        "<!DOCTYPE svg [<!ENTITY hue SYSTEM '"
            + secret.toUri()
            + "'>]>"
            + "<svg"
            + SPACES
            + "width='2' height='2'><text>&hue;</text></svg>";
    assertThat(ImageReader.read(bytes(svg)).argb()).containsOnly(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<image width='1' height='1' xlink:href='file:///etc/hostname'/>",
        "<image width='1' height='1' href='http://nowhere.invalid/a.png'/>",
        "<use xlink:href='other.svg#a'/>",
        "<style>@import 'http://nowhere.invalid/a.css';</style>",
        "<style>@\\69mport 'http://nowhere.invalid/a.css';</style>",
        "<rect style='fill:url(http://nowhere.invalid/a.svg#b)' width='1' height='1'/>",
        "<rect fill='\\75rl(a.svg#b)' width='1' height='1'/>",
        "<image width='1' height='1' href='data:image/svg+xml;base64,AAAA'/>",
      })
  void whatLiesOutsideIsRefused(String element) {
    Rejected rejected =
        catchThrowableOfType(Rejected.class, () -> draw("width='2' height='2'", element));
    assertThat(rejected.reason()).isEqualTo(Rejected.Reason.CORRUPT_IMAGE);
    assertThat(rejected.detail())
        .startsWith("Cannot read SVG: it refers to ")
        .endsWith(" outside the file");
  }

  @Test
  void aHiddenPictureMayLieOutside() {
    Signal.Image image =
        draw(
            "width='2' height='2'",
            "<g display='none'><image width='1' height='1' xlink:href='traced.png'/></g>"
                + "<rect width='2' height='2' fill='red'/>");
    assertThat(image.argb()).containsOnly(0xFFFF0000);
  }

  @Test
  void anExternalStyleSheetIsRefused() {
    refused(
        "<?xml-stylesheet href='a.css' type='text/css'?><svg" + SPACES + "/>",
        "Cannot read SVG: it refers to a style sheet outside the file");
  }

  @Test
  void scriptsAndBasesAreTakenOut() {
    Signal.Image image =
        draw(
            "width='2' height='2' onload='fail()' xml:base='http://nowhere.invalid/'",
            "<script>document.documentElement.setAttribute('width', 9)</script>"
                + "<a xlink:href='http://nowhere.invalid/'><rect id='r' width='2' height='2'"
                + " fill='red' onclick='x()'/></a><use xlink:href='#r'/>");
    assertThat(image.argb()).containsOnly(0xFFFF0000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<path d='M0 0L90 90' stroke-dasharray='1e-6'/>",
        "<path d='M0 0c1e9 0 0 1e9 1 1' stroke-dasharray='1 2'/>",
        "<rect width='9' height='9' style='stroke:red;stroke-dash\\61rray/*;*/:1e-6'/>",
        "<g stroke-dasharray='.000001%'><text font-size='80'>abc</text></g>",
        "<defs><path id='p' d='M0 0L9 9'/></defs><g stroke-dasharray='1e-6'>"
            + "<use xlink:href='#p'/></g>",
        "<style>.x{font-family:'}'} .a,.b{stroke-dasharray:1e-6}</style>"
            + "<polygon class='b' points='0,0 9,9 0,9'/>",
        "<style>*{stroke-dasharray:1e-6}</style><circle r='5'/>"
      })
  void countlessDashesAreRefused(String elements) {
    refused("<svg" + SPACES + ">" + elements + "</svg>", TOO_MUCH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<rect width='9' height='9' stroke='red' stroke-dasharray='2 .1'/>",
        "<rect width='9' height='9' stroke='red' stroke-dasharray='0'/>",
        "<rect width='9' height='9' stroke='red' stroke-dasharray='none'/>",
        "<mask id='m'><rect width='9' height='9'/></mask><g mask='url(#m)'><rect width='9' "
            + "height='9'/></g>"
      })
  void dashesAndMasksOfAnOrdinaryDrawingAreDrawn(String elements) {
    String svg = "<svg" + SPACES + " viewBox='0 0 9 9'>" + elements + "</svg>";
    assertThat(ImageReader.read(svg.getBytes(StandardCharsets.UTF_8)).width()).isEqualTo(512);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "mask, mask='url(#, 12",
        "clipPath, clip-path='url(#, 20",
        "pattern, fill='url(#, 20",
        "mask, style='mask:url(#, 12",
      })
  void expandingReferencesAreRefused(String name, String reference, int depth) {
    StringBuilder bomb = new StringBuilder();
    for (int i = 0; i < depth; i++) {
      String rect = "<rect width='9' height='9' " + reference + "a" + (i + 1) + ")'/>";
      bomb.append("<" + name + " id='a" + i + "'>" + rect + rect + "</" + name + ">");
    }
    bomb.append("<" + name + " id='a" + depth + "'/><rect " + reference + "a0)'/>");
    refused("<svg" + SPACES + ">" + bomb + "</svg>", TOO_MUCH);
  }

  @Test
  void markersAtEveryVertexAreCounted() {
    String marker = "<marker id='k'>" + "<rect width='1' height='1'/>".repeat(500) + "</marker>";
    String path = "<path d='M0 0" + "L1 1L2 2".repeat(500) + "'/>";
    refused(
        "<svg" + SPACES + ">" + marker + "<g marker-mid='url(#k)'>" + path + "</g></svg>",
        TOO_MUCH);
  }

  @Test
  void expandingUsesAreRefused() {
    StringBuilder bomb = new StringBuilder("<g id='a0'><rect width='1' height='1'/></g>");
    for (int i = 1; i < 12; i++) {
      bomb.append("<g id='a").append(i).append("'>");
      bomb.append(("<use xlink:href='#a" + (i - 1) + "'/>").repeat(10)).append("</g>");
    }
    refused("<svg" + SPACES + ">" + bomb + "</svg>", TOO_MUCH);
    refused(
        "<svg" + SPACES + "><g id='a'><use xlink:href='#a'/></g></svg>",
        "Cannot read SVG: <g> uses itself");
  }

  @Test
  void expandingEntitiesAreRefused() {
    StringBuilder bomb = new StringBuilder("<!DOCTYPE svg [<!ENTITY a0 'haha'>");
    for (int i = 1; i < 12; i++) {
      bomb.append("<!ENTITY a").append(i).append(" '");
      bomb.append(("&a" + (i - 1) + ";").repeat(10)).append("'>");
    }
    bomb.append("]><svg").append(SPACES).append("><text>&a11;</text></svg>");
    assertThat(
            catchThrowableOfType(Rejected.class, () -> ImageReader.read(bytes(bomb.toString())))
                .reason())
        .isEqualTo(Rejected.Reason.CORRUPT_IMAGE);
  }

  @Test
  void deepNestingIsRefused() {
    String svg = "<svg" + SPACES + ">" + "<g>".repeat(100_000) + "</g>".repeat(100_000) + "</svg>";
    assertThat(catchThrowableOfType(Rejected.class, () -> ImageReader.read(bytes(svg))).reason())
        .isEqualTo(Rejected.Reason.CORRUPT_IMAGE);
  }

  private static Signal.Image draw(String size, String content) {
    return ImageReader.read(bytes("<svg" + SPACES + size + ">" + content + "</svg>"));
  }

  private static void refused(String svg, String message) {
    assertThat(catchThrowableOfType(Rejected.class, () -> ImageReader.read(bytes(svg))))
        .hasMessage(message);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
