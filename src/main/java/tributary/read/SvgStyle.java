package tributary.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What some declarations of CSS say that can make a drawing expensive.
 *
 * @param references elements of the file that are painted with
 * @param period the shortest period of dashes, in user units; infinite for none
 * @param isTranslucent whether an opacity is given
 */
record SvgStyle(List<Reference> references, double period, boolean isTranslucent) {
  /** A property that names an element, such as mask: url(#m). */
  record Reference(String property, String id) {}

  static final SvgStyle NONE = new SvgStyle(List.of(), Double.POSITIVE_INFINITY, false);

  /** What is no plain text of CSS: a comment, an address, a string. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "/\\*.*?(?:\\*/|$)|url\\([^)]*\\)?|\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"?|'[^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+'?",
          Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

  private static final Pattern ESCAPE = Pattern.compile("\\\\([0-9a-fA-F]{1,6})\\s?");
  private static final Pattern URL =
      Pattern.compile("url\\(\\s*['\"]?\\s*#([^)'\"\\s]+)", Pattern.CASE_INSENSITIVE);
  private static final Pattern NUMBER =
      Pattern.compile("[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+\\.");

  /** CSS without comments, strings and escapes, so that it can be cut at braces and semicolons. */
  static String plain(String css) {
    if (css.indexOf('/') < 0 && css.indexOf('"') < 0 && css.indexOf('\'') < 0) {
      return unescaped(css);
    }
    Matcher found = TOKEN.matcher(css);
    return unescaped(
        found.replaceAll(
            token ->
                Matcher.quoteReplacement(
                    token.group().toLowerCase(Locale.ROOT).startsWith("url(")
                        ? token.group().replaceAll("[;{}]", "_")
                        : "")));
  }

  /** CSS with its escapes resolved. */
  static String unescaped(String css) {
    return css.indexOf('\\') < 0
        ? css
        : ESCAPE
            .matcher(css)
            .replaceAll(
                found -> {
                  int code = Integer.parseInt(found.group(1), 16);
                  return Matcher.quoteReplacement(
                      Character.isValidCodePoint(code) ? Character.toString(code) : "?");
                })
            .replace("\\", "");
  }

  /** Of plain declarations, "property: value; ...". */
  static SvgStyle of(String declarations) {
    SvgStyle style = NONE;
    for (String declaration : declarations.split(";", -1)) {
      int colon = declaration.indexOf(':');
      if (colon > 0) {
        String property = declaration.substring(0, colon).strip();
        style = style.and(of(property, declaration.substring(colon + 1)));
      }
    }
    return style;
  }

  /** Of one property, which may be written as an attribute. */
  static SvgStyle of(String property, String value) {
    if (property.equalsIgnoreCase("stroke-dasharray")) {
      return new SvgStyle(List.of(), period(value), false);
    }
    if (property.equalsIgnoreCase("opacity")) {
      return new SvgStyle(List.of(), Double.POSITIVE_INFINITY, !value.strip().equals("1"));
    }
    if (value.indexOf('#') < 0) {
      return NONE;
    }
    List<Reference> references = new ArrayList<>();
    Matcher found = URL.matcher(value);
    while (found.find()) {
      references.add(new Reference(property, found.group(1)));
    }
    return references.isEmpty() ? NONE : new SvgStyle(references, Double.POSITIVE_INFINITY, false);
  }

  /** Both: the one may override the other, which the more expensive reading leaves out. */
  SvgStyle and(SvgStyle other) {
    if (other.equals(NONE)) {
      return this;
    }
    List<Reference> both = new ArrayList<>(references);
    both.addAll(other.references);
    return new SvgStyle(both, Math.min(period, other.period), isTranslucent || other.isTranslucent);
  }

  /** Sum of all numbers. Units are taken as 1, which is too short; a percentage as 1 in 100. */
  private static double period(String value) {
    double sum = sum(value) * (value.indexOf('%') < 0 ? 1 : 0.01);
    return sum > 0 ? sum : Double.POSITIVE_INFINITY;
  }

  /** Sum of the numbers in a text, signs left out. */
  static double sum(String text) {
    double sum = 0;
    Matcher found = NUMBER.matcher(text);
    while (found.find()) {
      sum += Double.parseDouble(found.group());
    }
    return sum;
  }

  /** How many numbers there are in a text. */
  static long count(String text) {
    long count = 0;
    Matcher found = NUMBER.matcher(text);
    while (found.find()) {
      count++;
    }
    return count;
  }
}
