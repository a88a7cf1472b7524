package tributary.explain;

import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Html;
import tributary.model.ModalitySpec;
import tributary.split.Subsequence;

/** The page: a bar of the modalities' shares, then a section with heat for each. */
public final class Page {
  private static final String STYLE =
      Html.STYLE
          + "svg{display:block;max-width:100%;background:#fafafa;border:1px solid #ddd}"
          + ".bar{background:#d9480f;height:.8rem;display:inline-block}";

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
    page.append(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width\"><title>")
        .append(Html.escaped(title))
        .append("</title><style>")
        .append(STYLE)
        .append("</style><h1>")
        .append(Html.escaped(title))
        .append("</h1><p>Where the model looked. ")
        .append(Html.escaped(how))
        .append(" The darker, the larger the share; all shares add up to 1.</p><table>");
    new TreeMap<>(shares).forEach((name, own) -> page.append(row(name, own)));
    page.append("</table>");
    shares.forEach(
        (name, own) -> {
          Subsequence all = tokens.get(name);
          ModalitySpec spec = specs.get(name);
          if (all != null && spec != null) {
            page.append("<h2>").append(Html.escaped(name)).append(" <small>");
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
        Html.escaped(name),
        100 * share,
        20 * share);
  }
}
