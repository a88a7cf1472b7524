package tributary.base;

/** How the pages look that the system writes, and how what a record holds is put on them. */
public final class Html {
  /**
   * The look that all pages share, as CSS: light or dark as the reader's system is. Colours are
   * variables: --ink, --paper, --faint (what is said in passing), --line (borders), --panel (behind
   * drawings).
   */
  public static final String STYLE =
      ":root{color-scheme:light dark;--ink:#222;--paper:#fff;--faint:#666;--line:#ddd;"
          + "--panel:#fafafa}@media(prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#16181b;"
          + "--faint:#a0a0a0;--line:#3a3d42;--panel:#1e2125}}"
          + "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;"
          + "color:var(--ink);background:var(--paper)}h1{font-size:1.3rem}"
          + "h2{font-size:1.05rem;margin:1.8rem 0 .4rem}"
          + "small{color:var(--faint);font-weight:normal}.text{white-space:pre-wrap;"
          + "word-break:break-word;font-family:ui-monospace,monospace}.text span{border-radius:2px}"
          + "table{border-collapse:collapse}td{padding:.1rem .6rem .1rem 0}";

  private Html() {}

  /**
   * Text as HTML shows it, in an element or in an attribute between double quotes: no markup, no
   * control character but line feed and tab, none that orders what follows it (embeddings,
   * overrides and isolates of the bidirectional algorithm) and no half of a surrogate pair: U+FFFD
   * is in their place. Text that runs from right to left does so.
   */
  public static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                default -> out.appendCodePoint(shown(c) ? c : 0xFFFD);
              }
            });
    return out.toString();
  }

  private static boolean shown(int c) {
    boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    boolean orders = c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
    return c == '\n' || c == '\t' || !Character.isISOControl(c) && !half && !orders;
  }
}
