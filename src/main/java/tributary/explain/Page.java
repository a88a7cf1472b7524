package tributary.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.model.ModalitySpec;
import tributary.split.Subsequence;

/** The page: a bar of the modalities' shares, then a section with heat for each. */
public final class Page {
  private static final String STYLE =
      "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;"
          + "color:#222;background:#fff}h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.8rem 0 .4rem}"
          + "small{color:#666;font-weight:normal}.text{white-space:pre-wrap;word-break:break-word;"
          + "font-family:ui-monospace,monospace}.text span{border-radius:2px}svg{display:block;"
          + "max-width:100%;background:#fafafa;border:1px solid #ddd}table{border-collapse:collapse}"
          + "td{padding:.1rem .6rem .1rem 0}.bar{background:#d9480f;height:.8rem;display:inline-block}";

  private Page() {}

  /**
   * The page of one record, complete in itself.
   *
   * @param title what stands above it, such as the record's id
   * @param how what a share is made of
   * @param tokens by modality, all of them
   * @param shares by modality, one a token
   */
  public static String of(
      String title,
      String how,
      Map<String, ModalitySpec> specs,
      Map<String, Subsequence> tokens,
      SortedMap<String, double[]> shares) {
    StringBuilder page = new StringBuilder();
    page.append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>")
        .append(escaped(title))
        .append("</title><style>")
        .append(STYLE)
        .append("</style><h1>")
        .append(escaped(title))
        .append("</h1><p>Where the model looked. ")
        .append(escaped(how))
        .append(" The darker, the larger the share; all shares add up to 1.</p><table>");
    new TreeMap<>(shares).forEach((name, own) -> page.append(row(name, own)));
    page.append("</table>");
    shares.forEach(
        (name, own) -> {
          Subsequence all = tokens.get(name);
          ModalitySpec spec = specs.get(name);
          if (all != null && spec != null) {
            page.append("<h2>").append(escaped(name)).append(" <small>");
            page.append(own.length).append(" tokens</small></h2>");
            page.append(Heat.of(spec, all, own));
          }
        });
    return page.append("</html>\n").toString();
  }

  private static String row(String name, double[] shares) {
    double share = 0;
    for (double s : shares) {
      share += s;
    }
    return String.format(
        Locale.ROOT,
        "<tr><td>%s<td>%.1f %%<td><span class=\"bar\" style=\"width:%.1frem\"></span>",
        escaped(name),
        100 * share,
        20 * share);
  }

  /** Text as HTML shows it. */
  static String escaped(String text) {
    List<String> parts = new ArrayList<>();
    text.codePoints()
        .forEach(
            c ->
                parts.add(
                    switch (c) {
                      case '<' -> "&lt;";
                      case '>' -> "&gt;";
                      case '&' -> "&amp;";
                      case '"' -> "&quot;";
                      default ->
                          Character.isISOControl(c) && c != '\n' && c != '\t'
                              ? "\uFFFD"
                              : Character.toString(c);
                    }));
    return String.join("", parts);
  }
}
