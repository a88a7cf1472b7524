package tributary.learn;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tributary.base.Invalid;
import tributary.config.Problems.Refused;
import tributary.model.Safetensors;
import tributary.model.Weight;

/**
 * Says of an embedding which class it is of: the linear layer that fine-tuning learnt with a model.
 * Pure data, for all threads; in a model's folder it is {@link #FILE}, a safetensors file with
 * {@code weight} [K, D] and {@code bias} [K], whose metadata are its version, the model's hash, the
 * column and its classes.
 *
 * @param model hash of the model whose embeddings it tells apart
 * @param label the column that was learnt
 * @param classes its values, in the order of their numbers
 * @param weight [K, D]
 * @param bias [K]
 */
public record Classifier(
    String model, String label, List<String> classes, Weight weight, Weight bias) {
  /** Its name in a model's folder. */
  public static final String FILE = "classifier.safetensors";

  private static final String VERSION = "1";
  private static final JsonMapper JSON = new JsonMapper();

  public Classifier {
    classes = List.copyOf(classes);
    long[] shape = weight.shape();
    if (shape.length != 2
        || shape[0] != classes.size()
        || !Arrays.equals(bias.shape(), new long[] {classes.size()})) {
      throw Invalid.argument(
          "classifier", weight.shapeText() + " and " + bias.shapeText(), classes.size() + " rows");
    }
  }

  /** Length D of an embedding. */
  public int embeddingDim() {
    return Math.toIntExact(weight.shape()[1]);
  }

  /**
   * The class with the largest logit; of equal ones the first.
   *
   * @param embedding [D]
   * @return its number
   */
  public int predict(float[] embedding) {
    int d = embeddingDim();
    if (embedding.length != d) {
      throw Invalid.argument("embedding", embedding.length + " numbers", d + " of them");
    }
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes.size(); k++) {
      double logit = bias.values()[k];
      for (int c = 0; c < d; c++) {
        logit += (double) weight.values()[k * d + c] * embedding[c];
      }
      if (logit > most) {
        most = logit;
        best = k;
      }
    }
    return best;
  }

  /** The number of a class by a record's labels; -1 where it has none of the classes. */
  public int number(Map<String, String> labels) {
    String own = labels.get(label);
    return own == null ? -1 : classes.indexOf(own);
  }

  /** Writes it into a model's folder. */
  public void save(Path folder) throws IOException {
    Safetensors.write(
        folder.resolve(FILE),
        Map.of("weight", weight, "bias", bias),
        Map.of(
            "version",
            VERSION,
            "model",
            model,
            "label",
            label,
            "classes",
            JSON.writeValueAsString(classes)));
  }

  /**
   * That of a model's folder.
   *
   * @param model hash of the model there
   * @throws Refused where there is none, none that can be read, or another model's
   */
  public static Classifier load(Path folder, String model) {
    Path file = folder.resolve(FILE);
    Safetensors stored = Safetensors.read(file);
    String version = metadata(file, stored, "version");
    if (!version.equals(VERSION)) {
      throw refused(file, "version " + version + " (expected " + VERSION + ")");
    }
    String own = metadata(file, stored, "model");
    if (!own.equals(model)) {
      throw refused(file, "model " + own + " (expected " + model + ")");
    }
    try {
      String[] classes = JSON.readValue(metadata(file, stored, "classes"), String[].class);
      if (classes == null || Arrays.asList(classes).contains(null)) {
        throw refused(file, "classes with null");
      }
      return new Classifier(
          own,
          metadata(file, stored, "label"),
          List.of(classes),
          stored.weight("weight"),
          stored.weight("bias"));
    } catch (IOException | IllegalArgumentException e) {
      throw refused(file, String.valueOf(e.getMessage()));
    }
  }

  private static String metadata(Path file, Safetensors stored, String key) {
    String value = stored.metadata().get(key);
    if (value == null) {
      throw refused(file, "no " + key + " in its metadata");
    }
    return value;
  }

  private static Refused refused(Path file, String why) {
    return new Refused(List.of("Cannot read classifier " + file + ": " + why));
  }
}
