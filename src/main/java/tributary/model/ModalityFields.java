package tributary.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.config.Fields;
import tributary.config.Problems;
import tributary.model.ModalitySpec.Audio;
import tributary.model.ModalitySpec.Image;
import tributary.model.ModalitySpec.Pixels;
import tributary.model.ModalitySpec.Points;
import tributary.model.ModalitySpec.Raw;
import tributary.model.ModalitySpec.Series;
import tributary.model.ModalitySpec.Text;
import tributary.model.ModalitySpec.Vectors;
import tributary.model.ModalitySpec.Video;

/** The options of a modality's kind, read and written. */
public final class ModalityFields {
  private static final String MODALITIES = "modalities";
  private static final String NORMALIZE = "normalize";
  private static final List<String> NORMALIZED = List.of("series", "points");
  private static final List<String> KINDS =
      List.of("text", "image", "pixels", "audio", "video", "vectors", "series", "points", "raw");
  private static final int MOST_RATE = 1000;
  private static final List<String> ORDERS = List.of("raster", "morton");
  private static final List<String> POINTS = List.of("none", "unit");
  private static final List<String> SERIES = List.of("none", "zscore");
  private static final List<String> FORMS = List.of("raw", "log_mel");

  private ModalityFields() {}

  /** A modality without a kind is raw: golden cases give the number of channels alone. */
  public static ModalitySpec parse(Fields f) {
    return switch (f.oneOf("kind", KINDS, "raw")) {
      case "text" -> new Text();
      case "image" ->
          new Image(
              f.whole("canvas", 1, 256),
              f.whole("patch", 1, 16),
              order(f.oneOf("order", ORDERS, "raster")));
      case "pixels" -> new Pixels(f.whole("size", 1, 224), f.whole("crop", 1, Pixels.CROP));
      case "audio" -> audio(f);
      case "video" ->
          new Video(
              f.whole("canvas", 1, 224),
              f.whole("patch", 1, 16),
              f.positive("rate", 4),
              f.whole("frames", 1, 2),
              order(f.oneOf("order", ORDERS, "raster")));
      case "vectors" -> new Vectors(f.whole("width", 1));
      case "series" ->
          new Series(
              f.whole("values", 1),
              f.whole("bands", 0, 8),
              f.positive("shortest", 1),
              f.positive("longest", 86400),
              Series.Normalize.valueOf(upper(f.oneOf("normalize", SERIES, "none"))));
      case "points" ->
          new Points(
              f.whole("dimensions", 1, 3),
              order(f.oneOf("order", ORDERS, "morton")),
              Points.Normalize.valueOf(upper(f.oneOf("normalize", POINTS, "unit"))),
              f.whole("points", 1, Points.POINTS),
              f.whole("seed", 0, 0));
      default -> new Raw(f.whole("channels", 1));
    };
  }

  /** The modalities by name, in the order of the file. */
  public static Map<String, ModalitySpec> all(Fields f) {
    return all(f, null);
  }

  /** The modalities by name, in the order of the file; `lengths` is filled where it is given. */
  public static Map<String, ModalitySpec> all(Fields f, @Nullable Map<String, Integer> lengths) {
    Map<String, ModalitySpec> modalities = new LinkedHashMap<>();
    for (Fields m : f.mappings("modalities")) {
      String name = m.string("name");
      int length = lengths == null ? 0 : m.whole("length", 1);
      ModalitySpec spec = parse(m);
      m.refuseUnknown();
      if (modalities.putIfAbsent(name, spec) != null) {
        m.invalid("name", name, "no other modality's name");
      }
      if (lengths != null) {
        lengths.put(name, length);
      }
    }
    return Collections.unmodifiableMap(modalities);
  }

  /** The list of modalities, in their order. */
  public static void write(Map<String, ModalitySpec> modalities, ObjectNode to) {
    ArrayNode list = to.putArray("modalities");
    modalities.forEach((name, spec) -> write(spec, list.addObject().put("name", name)));
  }

  private static Audio audio(Fields f) {
    String form = f.oneOf("form", FORMS, "log_mel");
    boolean mel = form.equals("log_mel");
    int frame = f.whole("frame", 1, 400);
    return new Audio(
        f.whole("rate", 1, 16000),
        Audio.Form.valueOf(upper(form)),
        frame,
        f.whole("hop", 1, mel ? 160 : frame),
        mel ? f.whole("bands", 1, 64) : 0);
  }

  private static Image.Order order(String word) {
    return Image.Order.valueOf(upper(word));
  }

  public static void write(ModalitySpec spec, ObjectNode to) {
    to.put("kind", spec.kind());
    if (spec instanceof Image i) {
      to.put("canvas", i.canvas()).put("patch", i.patch()).put("order", word(i.order()));
    } else if (spec instanceof Pixels p) {
      to.put("size", p.size()).put("crop", p.crop());
    } else if (spec instanceof Audio a) {
      to.put("rate", a.rate()).put("form", word(a.form()));
      to.put("frame", a.frame()).put("hop", a.hop());
      if (a.form() == Audio.Form.LOG_MEL) {
        to.put("bands", a.bands());
      }
    } else if (spec instanceof Video v) {
      to.put("canvas", v.canvas()).put("patch", v.patch()).put("rate", v.rate());
      to.put("frames", v.frames()).put("order", word(v.order()));
    } else if (spec instanceof Vectors v) {
      to.put("width", v.width());
    } else if (spec instanceof Series s) {
      to.put("values", s.values()).put("bands", s.bands());
      to.put("shortest", s.shortest()).put("longest", s.longest());
      to.put(NORMALIZE, word(s.normalize()));
    } else if (spec instanceof Points p) {
      to.put("dimensions", p.dimensions()).put("order", word(p.order()));
      to.put(NORMALIZE, word(p.normalize())).put("points", p.points()).put("seed", p.seed());
    } else if (spec instanceof Raw r) {
      to.put("channels", r.channels());
    }
  }

  /**
   * Adds to modalities that were stored with a model what came later, as it was before: nothing was
   * normalised.
   */
  public static void complete(JsonNode stored) {
    for (JsonNode modality : stored.path(MODALITIES)) {
      String kind = modality.path("kind").asText().toLowerCase(Locale.ROOT);
      if (modality instanceof ObjectNode m && NORMALIZED.contains(kind) && !m.has(NORMALIZE)) {
        m.put(NORMALIZE, "none");
      }
    }
  }

  /** Takes away what means what it meant before there was such a key: hashes stay as they were. */
  static void strip(ObjectNode config) {
    for (JsonNode modality : config.path(MODALITIES)) {
      if (modality instanceof ObjectNode m && NORMALIZED.contains(m.path("kind").asText())) {
        drop(m, NORMALIZE, "none");
        drop(m, "points", "" + Points.POINTS);
        drop(m, "seed", "0");
      }
    }
  }

  private static void drop(ObjectNode modality, String key, String before) {
    if (modality.path(key).asText().equals(before)) {
      modality.remove(key);
    }
  }

  private static String upper(String word) {
    return word.toUpperCase(Locale.ROOT);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** What is wrong with the options together. */
  public static void check(String key, ModalitySpec spec, Problems problems) {
    if (spec instanceof Image i && i.canvas() % i.patch() != 0) {
      problems.invalid(key + ".patch", i.patch(), "divides canvas " + i.canvas());
    } else if (spec instanceof Video v && v.rate() > MOST_RATE) {
      problems.invalid(key + ".rate", v.rate(), "at most " + MOST_RATE + " frames a second");
    } else if (spec instanceof Video v && v.canvas() % v.patch() != 0) {
      problems.invalid(key + ".patch", v.patch(), "divides canvas " + v.canvas());
    } else if (spec instanceof Pixels p && p.size() > p.crop()) {
      problems.invalid(key + ".size", p.size(), "at most crop " + p.crop());
    } else if (spec instanceof Audio a
        && a.form() == Audio.Form.LOG_MEL
        && a.bands() > a.frame() / 2 + 1) {
      problems.invalid(key + ".bands", a.bands(), "at most frame / 2 + 1 = " + (a.frame() / 2 + 1));
    } else if (spec instanceof Series s && s.longest() < s.shortest()) {
      problems.invalid(key + ".longest", s.longest(), ">= shortest " + s.shortest());
    }
  }
}
