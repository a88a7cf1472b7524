package tributary.read;

import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/**
 * What a drawing may hold before Batik sees it. Nothing may point outside the file, and what it
 * asks to draw must not be huge ({@link SvgWeight}). Scripts are taken out: they draw nothing in a
 * still picture.
 */
final class SvgRules {
  /** The drawing's own size, in pixels of CSS; only the ratio matters here. */
  record Size(double width, double height) {}

  private static final String SVG = "http://www.w3.org/2000/svg";
  private static final long MOST_INNER_PIXELS = 4_000_000;
  private static final Pattern INSIDE = Pattern.compile("\\s*data:image/(?:png|jpe?g);base64,");
  private static final Pattern OUTSIDE =
      Pattern.compile(
          "@import|url\\(\\s*['\"]?\\s*(?!#|['\"\\s])([^)]{0,60})", Pattern.CASE_INSENSITIVE);
  private static final Pattern LENGTH =
      Pattern.compile("\\s*([+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\\s*([a-zA-Z%]*)\\s*");
  private static final Pattern SEPARATORS = Pattern.compile("[\\s,]+");

  private final Map<String, Element> ids = new HashMap<>();

  private SvgRules() {}

  /** Refuses what breaks a rule, takes scripts out, and says how large the drawing is. */
  static Size check(Element root) {
    if (!"svg".equals(root.getLocalName()) || !SVG.equals(root.getNamespaceURI())) {
      throw Completeness.corrupt("Cannot read SVG: its root is " + root.getNodeName());
    }
    for (Node node = root.getOwnerDocument().getFirstChild(); node != null; ) {
      Node next = node.getNextSibling();
      if (node.getNodeType() == Node.PROCESSING_INSTRUCTION_NODE) {
        if (node.getNodeName().equals("xml-stylesheet")) {
          throw outside("a style sheet");
        }
        node.getParentNode().removeChild(node);
      }
      node = next;
    }
    SvgRules rules = new SvgRules();
    rules.walk(root);
    SvgWeight.check(root, rules.ids);
    return size(root);
  }

  private void walk(Element element) {
    NamedNodeMap attributes = element.getAttributes();
    for (int i = attributes.getLength() - 1; i >= 0; i--) {
      attribute(element, (Attr) attributes.item(i));
    }
    if ("style".equals(element.getLocalName())) {
      refuseOutside(element.getTextContent());
    }
    for (Node node = element.getFirstChild(); node != null; ) {
      Node next = node.getNextSibling();
      if (node instanceof Element child) {
        if ("script".equals(child.getLocalName())) {
          element.removeChild(child);
        } else {
          walk(child);
        }
      } else if (node.getNodeType() == Node.PROCESSING_INSTRUCTION_NODE) {
        element.removeChild(node);
      }
      node = next;
    }
  }

  private void attribute(Element element, Attr attribute) {
    String name = attribute.getLocalName() == null ? attribute.getName() : attribute.getLocalName();
    String value = attribute.getValue();
    if (name.equals("id")) {
      ids.putIfAbsent(value, element);
    } else if (name.equals("base") || name.toLowerCase(Locale.ROOT).startsWith("on")) {
      element.removeAttributeNode(attribute);
    } else if (name.equals("href") && SVG.equals(element.getNamespaceURI())) {
      if ("a".equals(element.getLocalName())) {
        element.removeAttributeNode(attribute); // a link, which nobody follows here
      } else if ("image".equals(element.getLocalName()) && isInside(value)) {
        attribute.setValue(value.strip());
      } else if (!value.isBlank() && !value.strip().startsWith("#")) {
        if (!"image".equals(element.getLocalName()) || !isHidden(element)) {
          throw outside(value);
        }
        element.removeAttributeNode(attribute); // a template that was traced, then hidden
      }
    } else {
      refuseOutside(value);
    }
  }

  private static boolean isHidden(Element element) {
    for (Node node = element; node instanceof Element group; node = node.getParentNode()) {
      String style = group.getAttribute("style").replaceAll("\\s", "");
      if (group.getAttribute("display").equals("none") || style.contains("display:none")) {
        return true;
      }
    }
    return false;
  }

  /** Whether this is a whole PNG or JPEG in base64, of a size that is accepted by itself. */
  private static boolean isInside(String address) {
    Matcher found = INSIDE.matcher(address);
    if (!found.lookingAt()) {
      return false;
    }
    byte[] picture = Base64.getMimeDecoder().decode(address.substring(found.end()));
    Format format = Format.sniff("image in SVG", picture);
    if (format != Format.PNG && format != Format.JPEG) {
      throw Completeness.corrupt("Cannot read SVG: it holds a picture of format " + format);
    }
    var unused = ImageReader.read(picture, MOST_INNER_PIXELS);
    return true;
  }

  private static void refuseOutside(String css) {
    if (css.indexOf('(') < 0 && css.indexOf('@') < 0 && css.indexOf('\\') < 0) {
      return;
    }
    Matcher found = OUTSIDE.matcher(SvgStyle.unescaped(css));
    if (found.find()) {
      throw outside(found.group());
    }
  }

  /** The id in the element's own href, empty if there is none within the file. */
  static String target(Element element) {
    NamedNodeMap attributes = element.getAttributes();
    for (int i = 0; i < attributes.getLength(); i++) {
      if ("href".equals(attributes.item(i).getLocalName())) {
        String value = attributes.item(i).getNodeValue().strip();
        return value.startsWith("#") ? value.substring(1) : "";
      }
    }
    return "";
  }

  /** From width and height, where one is missing or relative from the view box, else 100 x 100. */
  private static Size size(Element root) {
    String[] box = SEPARATORS.split(root.getAttribute("viewBox").strip());
    double boxWidth = box.length == 4 ? length(box[2]) : 0;
    double boxHeight = box.length == 4 ? length(box[3]) : 0;
    double width = length(root.getAttribute("width"));
    double height = length(root.getAttribute("height"));
    boolean hasBox = boxWidth > 0 && boxHeight > 0;
    if (width <= 0 && height <= 0) {
      width = hasBox ? boxWidth : 100;
      height = hasBox ? boxHeight : 100;
    } else if (width <= 0) {
      width = hasBox ? height * boxWidth / boxHeight : height;
    } else if (height <= 0) {
      height = hasBox ? width * boxHeight / boxWidth : width;
    }
    return new Size(width, height);
  }

  /** In pixels; 0 where it is missing, relative or no length. */
  private static double length(String text) {
    Matcher found = LENGTH.matcher(text);
    if (!found.matches()) {
      return 0;
    }
    double unit =
        switch (found.group(2).toLowerCase(Locale.ROOT)) {
          case "", "px" -> 1;
          case "pt" -> 96 / 72.0;
          case "pc" -> 16;
          case "in" -> 96;
          case "cm" -> 96 / 2.54;
          case "mm" -> 96 / 25.4;
          case "em" -> 16;
          case "ex" -> 8;
          default -> 0;
        };
    double pixels = Double.parseDouble(found.group(1)) * unit;
    return pixels > 1e-6 && pixels < 1e9 ? pixels : 0;
  }

  private static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }

  private static Rejected outside(String what) {
    return Completeness.corrupt(
        "Cannot read SVG: it refers to " + shortened(what) + " outside the file");
  }
}
