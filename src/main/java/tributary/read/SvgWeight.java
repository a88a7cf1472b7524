package tributary.read;

import java.awt.geom.PathIterator;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.batik.parser.AWTPathProducer;
import org.apache.batik.parser.ParseException;
import org.apache.batik.parser.PathParser;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/**
 * How much a drawing is to draw, before anything is drawn: a few hundred bytes can ask for billions
 * of elements or dashes. Counted are the elements with everything written out that they refer to
 * (use, mask, clip path, filter, pattern, marker at each vertex), and dashes; what needs a picture
 * of its own counts for more, so that a drawing at the limit takes about 20 s of one core. Style
 * sheets are taken to match wherever a name in a selector does.
 */
final class SvgWeight {
  private static final long MOST = 200_000;
  private static final Pattern NAME = Pattern.compile("[.#]?[-\\w\\u0080-\\uffff]+");

  private record Load(long weight, long shapes, long vertices) {
    static final Load OPEN = new Load(-1, 0, 0);

    Load plus(Load other) {
      return new Load(
          refuseMore(weight + other.weight), shapes + other.shapes, vertices + other.vertices);
    }
  }

  private final Map<String, Element> ids;
  private final Map<String, SvgStyle> sheet = new HashMap<>(); // by name in a selector; "" for all
  private final Map<Element, SvgStyle> styles = new HashMap<>();
  private final Map<Element, Double> periods = new HashMap<>(); // inherited from the ancestors
  private final Map<Element, Load> loads = new HashMap<>();
  private double shared = Double.POSITIVE_INFINITY; // period inherited by what is used

  private SvgWeight(Map<String, Element> ids) {
    this.ids = ids;
  }

  /**
   * @param ids the elements by their id
   * @throws Rejected CORRUPT_IMAGE where it is too much
   */
  static void check(Element root, Map<String, Element> ids) {
    SvgWeight weight = new SvgWeight(ids);
    weight.sheets(root);
    weight.style(root, Double.POSITIVE_INFINITY);
    var unused = weight.weigh(root);
  }

  private static long refuseMore(long weight) {
    if (weight > MOST) {
      throw Completeness.corrupt(
          "Cannot read SVG: more than " + MOST + " elements and dashes with all written out");
    }
    return weight;
  }

  private void sheets(Element element) {
    if ("style".equals(element.getLocalName())) {
      for (String rule : SvgStyle.plain(element.getTextContent()).split("}", -1)) {
        int brace = rule.lastIndexOf('{');
        SvgStyle style = brace < 0 ? SvgStyle.NONE : SvgStyle.of(rule.substring(brace + 1));
        if (!style.equals(SvgStyle.NONE)) {
          rule(rule.substring(0, brace), style);
        }
      }
    }
    for (Element child : children(element)) {
      sheets(child);
    }
  }

  private void rule(String selector, SvgStyle style) {
    if (selector.contains("*") || selector.contains("[") || selector.contains(":")) {
      sheet.merge("", style, SvgStyle::and);
      return;
    }
    Matcher found = NAME.matcher(selector);
    while (found.find()) {
      sheet.merge(found.group(), style, SvgStyle::and);
    }
  }

  /** Collects what is said of each element, and the dashes that it inherits. */
  private void style(Element element, double inherited) {
    SvgStyle style = sheet.getOrDefault("", SvgStyle.NONE);
    style = style.and(sheet.getOrDefault(element.getLocalName(), SvgStyle.NONE));
    style = style.and(sheet.getOrDefault("#" + element.getAttribute("id"), SvgStyle.NONE));
    for (String name : element.getAttribute("class").split("\\s+", -1)) {
      style = style.and(sheet.getOrDefault("." + name, SvgStyle.NONE));
    }
    NamedNodeMap attributes = element.getAttributes();
    for (int i = 0; i < attributes.getLength(); i++) {
      Attr attribute = (Attr) attributes.item(i);
      String value = SvgStyle.plain(attribute.getValue());
      style =
          style.and(
              attribute.getName().equals("style")
                  ? SvgStyle.of(value)
                  : SvgStyle.of(attribute.getName(), value));
    }
    double period = style.period() < Double.POSITIVE_INFINITY ? style.period() : inherited;
    styles.put(element, style);
    periods.put(element, period);
    if ("use".equals(element.getLocalName())) {
      shared = Math.min(shared, period);
    }
    for (Element child : children(element)) {
      style(child, period);
    }
  }

  private Load weigh(Element element) {
    Load known = loads.get(element);
    if (known != null) {
      return known;
    }
    loads.put(element, Load.OPEN);
    Load load = own(element);
    for (Element child : children(element)) {
      load = load.plus(weigh(child));
    }
    load = load.plus(href(element));
    for (SvgStyle.Reference reference : style(element).references()) {
      Element target = ids.get(reference.id());
      if (target != null) {
        load = load.plus(new Load(painted(reference.property(), target, load), 0, 0));
      }
    }
    loads.put(element, load);
    return load;
  }

  private SvgStyle style(Element element) {
    return Objects.requireNonNull(styles.get(element));
  }

  private Load own(Element element) {
    long weight = style(element).isTranslucent() ? 10 : 1;
    double period = Math.min(shared, Objects.requireNonNull(periods.get(element)));
    boolean isDashed = period < Double.POSITIVE_INFINITY;
    String points = element.getAttribute("d") + element.getAttribute("points");
    String name = String.valueOf(element.getLocalName());
    double outline =
        switch (name) {
          case "path" -> isDashed ? length(points) : 0;
          case "polygon", "polyline" -> isDashed ? length("M" + points + "Z") : 0;
          case "rect", "circle", "ellipse", "line" -> 8 * sizes(element);
          case "text", "tspan", "tref", "textPath" -> isDashed ? letters(element) : 0;
          default -> -1;
        };
    if (outline < 0) {
      return new Load(weight, 0, 0);
    }
    double dashes = outline / period; // 0 for an infinite period
    weight = refuseMore(weight + (long) Math.min(dashes, MOST + 1.0));
    return new Load(weight, 1, Math.max(4, SvgStyle.count(points)));
  }

  /** What an element draws besides its children. */
  private Load href(Element element) {
    Element target = ids.get(SvgRules.target(element));
    if (target == null || isGradient(target)) {
      return new Load(0, 0, 0);
    }
    Load load = weigh(target);
    if (load != Load.OPEN) {
      return load;
    }
    if ("use".equals(element.getLocalName())) {
      throw Completeness.corrupt("Cannot read SVG: <" + target.getNodeName() + "> uses itself");
    }
    return new Load(0, 0, 0); // Batik finds such a circle out
  }

  /** What a reference costs, on all that inherits it. */
  private long painted(String property, Element target, Load user) {
    Load load = weigh(target);
    if (load == Load.OPEN || isGradient(target)) {
      return 1;
    }
    long price =
        switch (String.valueOf(target.getLocalName())) {
          case "mask" -> 300;
          case "filter" -> 150;
          case "pattern" -> 20;
          case "clipPath" -> 10;
          default -> 1;
        };
    long times =
        property.startsWith("marker")
            ? user.vertices
            : property.equals("fill") || property.equals("stroke") ? user.shapes : 1;
    return refuseMore((price + load.weight) * Math.min(Math.max(1, times), MOST + 1));
  }

  private static boolean isGradient(Element element) {
    return String.valueOf(element.getLocalName()).endsWith("Gradient");
  }

  /** Of a path; a curve is at most as long as its control polygon. */
  private static double length(String d) {
    AWTPathProducer producer = new AWTPathProducer();
    PathParser parser = new PathParser();
    parser.setPathHandler(producer);
    try {
      parser.parse(new StringReader(d));
    } catch (ParseException e) {
      // Batik draws what comes before the fault.
    }
    if (producer.getShape() == null) {
      return 0;
    }
    double length = 0;
    double[] at = new double[6];
    double[] from = new double[2];
    double[] start = new double[2];
    for (PathIterator it = producer.getShape().getPathIterator(null); !it.isDone(); it.next()) {
      int type = it.currentSegment(at);
      int points = type == PathIterator.SEG_CLOSE ? 0 : type == PathIterator.SEG_MOVETO ? 1 : type;
      for (int p = 0; p < points; p++) {
        if (type != PathIterator.SEG_MOVETO) {
          length += Math.hypot(at[2 * p] - from[0], at[2 * p + 1] - from[1]);
        }
        from = new double[] {at[2 * p], at[2 * p + 1]};
      }
      if (type == PathIterator.SEG_MOVETO) {
        start = from;
      } else if (type == PathIterator.SEG_CLOSE) {
        length += Math.hypot(start[0] - from[0], start[1] - from[1]);
        from = start;
      }
    }
    return Double.isFinite(length) ? length : Double.MAX_VALUE;
  }

  private static double sizes(Element element) {
    double sum = 0;
    for (String name : new String[] {"x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry"}) {
      sum += SvgStyle.sum(element.getAttribute(name));
    }
    return sum;
  }

  /** The outlines of letters, each about six times as long as it is high. */
  private static double letters(Element element) {
    double height = 16;
    for (Node node = element; node instanceof Element e; node = node.getParentNode()) {
      String style = SvgStyle.plain(e.getAttribute("style"));
      int at = style.indexOf("font");
      height = Math.max(height, SvgStyle.sum(e.getAttribute("font-size")));
      height = Math.max(height, at < 0 ? 0 : SvgStyle.sum(style.substring(at).split(";", 2)[0]));
    }
    return 6 * height * element.getTextContent().length();
  }

  private static List<Element> children(Element element) {
    List<Element> children = new ArrayList<>();
    for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element child) {
        children.add(child);
      }
    }
    return children;
  }
}
