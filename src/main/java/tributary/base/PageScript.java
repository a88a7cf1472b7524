package tributary.base;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Collectors;

/**
 * Scripts of a page that is complete in itself: their elements, and a policy for its head that
 * forbids the page to load or send anything and to run any other script, by their hashes. So what
 * records hold can't run, even where the page had a fault.
 */
public final class PageScript {
  private PageScript() {}

  /** The policy, as an element of the head. */
  public static String policy(String... scripts) {
    String hashes =
        Arrays.stream(scripts).map(s -> "'" + hash(s) + "'").collect(Collectors.joining(" "));
    return "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
        + "style-src 'unsafe-inline'; script-src "
        + hashes
        + "; base-uri 'none'; form-action 'none'\">";
  }

  /** The element of a script. */
  public static String element(String code) {
    if (code.contains("</script") || code.contains("<!--")) {
      throw new IllegalStateException("Cannot write a page: a script that ends its element");
    }
    return "<script>" + code + "</script>\n";
  }

  /** As a browser takes it: of the element's text, in which line ends are line feeds. */
  private static String hash(String code) {
    if (code.indexOf('\r') >= 0) {
      throw new IllegalStateException("Cannot write a page: a script with carriage returns");
    }
    byte[] of = Sha256.of(code.getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(of);
  }
}
