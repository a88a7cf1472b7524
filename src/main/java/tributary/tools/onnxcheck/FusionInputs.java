package tributary.tools.onnxcheck;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import tributary.models.elastic.ElasticConfig;
import tributary.models.elastic.FusionForm;
import tributary.tools.onnxcheck.OnnxSession.Input;

/** A record's roots as the inputs of the graph {@code fusion}, whose form says which it has. */
final class FusionInputs {
  private FusionInputs() {}

  /**
   * @param roots of the modalities present: latents [K, C]
   */
  static Map<String, Input> of(ElasticConfig config, SortedMap<String, float[]> roots) {
    FusionForm form = config.fusionForm();
    if (form.ofRoots()) {
      return Map.of("roots", byModality(config, roots, config.last().latents()));
    }
    if (form.form().equals(FusionForm.RETRO)) {
      return neighbours(config, roots);
    }
    return rows(config, roots);
  }

  /** All rows one after the other, with their modalities' numbers. */
  private static Map<String, Input> rows(ElasticConfig config, SortedMap<String, float[]> roots) {
    int width = config.last().channels();
    List<String> names = List.copyOf(config.modalities().keySet());
    int rows = roots.values().stream().mapToInt(r -> r.length / width).sum();
    float[] all = new float[rows * width];
    long[] of = new long[rows];
    int at = 0;
    for (int i = 0; i < names.size(); i++) {
      float[] root = roots.getOrDefault(names.get(i), new float[0]);
      System.arraycopy(root, 0, all, at * width, root.length);
      Arrays.fill(of, at, at + root.length / width, i);
      at += root.length / width;
    }
    return Map.of("roots", new Input(all, 1, rows, width), "modalities", new Input(of, rows));
  }

  private static Map<String, Input> neighbours(
      ElasticConfig config, SortedMap<String, float[]> roots) {
    int width = config.last().channels();
    int rows = roots.values().stream().mapToInt(r -> r.length / width).max().orElse(1);
    List<String> names = List.copyOf(config.modalities().keySet());
    boolean[] real = new boolean[names.size() * rows];
    for (int i = 0; i < names.size(); i++) {
      float[] root = roots.get(names.get(i));
      if (root != null) {
        Arrays.fill(real, i * rows, i * rows + root.length / width, true);
      }
    }
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("roots", byModality(config, roots, rows));
    inputs.put("real", new Input(real, 1, names.size(), rows));
    return inputs;
  }

  /** [1, modalities, rows, C] in the configuration's order, zeros where there is none. */
  private static Input byModality(
      ElasticConfig config, SortedMap<String, float[]> roots, int rows) {
    int width = config.last().channels();
    List<String> names = List.copyOf(config.modalities().keySet());
    float[] all = new float[names.size() * rows * width];
    for (int i = 0; i < names.size(); i++) {
      float[] root = roots.getOrDefault(names.get(i), new float[0]);
      System.arraycopy(root, 0, all, i * rows * width, root.length);
    }
    return new Input(all, 1, names.size(), rows, width);
  }
}
