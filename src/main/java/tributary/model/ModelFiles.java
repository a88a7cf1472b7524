package tributary.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tributary.base.Sha256;
import tributary.config.Nearest;
import tributary.config.Problems;
import tributary.config.Problems.Refused;

/**
 * A model as a directory: `config.json` and `model.safetensors`, whose metadata carries where the
 * weights come from. Weights that do not fit the configuration are {@link Refused}, all of them
 * listed.
 */
public final class ModelFiles {
  public static final String CONFIG = "config.json";
  public static final String WEIGHTS = "model.safetensors";
  private static final String ORIGIN = "origin";
  private static final int CHUNK = 1 << 16;

  private ModelFiles() {}

  /** Loads a weights file that stands alone. */
  public static Model load(ModelConfig config, Path file) {
    Safetensors tensors = Safetensors.read(file);
    Map<String, long[]> shapes = new LinkedHashMap<>();
    tensors.entries().forEach((name, e) -> shapes.put(name, e.shape()));
    check(config, shapes, file.toString());
    Map<String, Weight> weights = new LinkedHashMap<>();
    WeightTable.of(config).shapes().keySet().forEach(n -> weights.put(n, tensors.weight(n)));
    checkFinite(weights, file);
    return model(config, weights, tensors.metadata().getOrDefault(ORIGIN, "unknown"));
  }

  /** Saves into a directory, which is made; refused where it holds a model already. */
  public static void save(Model model, Path directory) {
    for (String name : List.of(CONFIG, WEIGHTS)) {
      if (Files.exists(directory.resolve(name))) {
        throw new Refused(
            List.of("Cannot save model to " + directory + ": it holds " + name + " already"));
      }
    }
    try {
      Files.createDirectories(directory);
      saveWeights(model, directory.resolve(WEIGHTS));
      Files.writeString(directory.resolve(CONFIG), ModelJson.pretty(model.config()));
    } catch (IOException e) {
      throw new Refused(List.of("Cannot save model to " + directory + ": " + e));
    }
  }

  /** Saves the weights alone, with their origin. */
  public static void saveWeights(Model model, Path file) throws IOException {
    Safetensors.write(file, model.weights(), Map.of(ORIGIN, model.origin()));
  }

  /** A model of weights that are in memory, checked against the configuration. */
  public static Model model(ModelConfig config, Map<String, Weight> weights, String origin) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    weights.forEach((name, w) -> shapes.put(name, w.shape()));
    check(config, shapes, "weights");
    return new Model(config, Collections.unmodifiableMap(weights), hash(config, weights), origin);
  }

  /** Refuses tensors that are missing, of another shape, or unknown to the configuration. */
  static void check(ModelConfig config, Map<String, long[]> found, String where) {
    Problems problems = new Problems();
    Map<String, long[]> expected = WeightTable.of(config).shapes();
    String cannot = "Cannot use " + where + ": ";
    expected.forEach(
        (name, shape) -> {
          long[] actual = found.get(name);
          if (actual == null) {
            problems.add(cannot + name + " is missing (shape " + Arrays.toString(shape) + ")");
          } else if (!Arrays.equals(actual, shape)) {
            problems.add(
                cannot
                    + name
                    + " has shape "
                    + Arrays.toString(actual)
                    + ", the configuration asks for "
                    + Arrays.toString(shape));
          }
        });
    for (String name : found.keySet()) {
      if (!expected.containsKey(name)) {
        problems.add(cannot + name + " is unknown to the configuration" + near(name, expected));
      }
    }
    problems.refuse();
  }

  private static String near(String name, Map<String, long[]> expected) {
    Collection<String> names = expected.keySet();
    return Nearest.nearest(name, names).map(n -> ", the nearest is " + n).orElse("");
  }

  /** Refuses weights that hold NaN or infinity, naming the first value of each. */
  public static void checkFinite(Map<String, Weight> weights, Path file) {
    Problems problems = new Problems();
    weights.forEach(
        (name, w) -> {
          for (float x : w.values()) {
            if (!Float.isFinite(x)) {
              problems.add("Cannot use " + file + ": " + name + " holds " + x);
              return;
            }
          }
        });
    problems.refuse();
  }

  /** SHA-256, hex, of the canonical configuration and of every weight by name. */
  static String hash(ModelConfig config, Map<String, Weight> weights) {
    MessageDigest digest = Sha256.digest();
    digest.update(ModelJson.canonical(config).getBytes(StandardCharsets.UTF_8));
    ByteBuffer buffer = ByteBuffer.allocate(4 * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    new TreeMap<>(weights)
        .forEach(
            (name, w) -> {
              digest.update(("\n" + name + w.shapeText()).getBytes(StandardCharsets.UTF_8));
              float[] values = w.values();
              for (int at = 0; at < values.length; at += CHUNK) {
                int n = Math.min(CHUNK, values.length - at);
                buffer.clear();
                buffer.asFloatBuffer().put(values, at, n);
                digest.update(buffer.limit(4 * n));
              }
            });
    return HexFormat.of().formatHex(digest.digest());
  }
}
