package tributary.spark;

import java.util.List;
import java.util.TreeMap;
import tributary.config.JobConfig;
import tributary.model.ModelConfig;
import tributary.model.WeightTable;
import tributary.read.Digest;
import tributary.read.Medium;
import tributary.spark.TaskPlan.ColumnPlan;
import tributary.tensor.nd4j.Kernels;

/**
 * What besides the model and a record's content its embedding depends on: the column `recipe_hash`.
 * Of a modality nothing counts that is as it is by default, so that a record which has nothing of
 * it is the same with it and without. On the driver.
 */
final class RecipeHash {
  /** Of all that decodes and tokenizes; to be raised where equal payloads get other tokens. */
  private static final int VERSION = 1;

  /** Inputs of a layer from which on threads share out its sums. */
  private static final long SHARED = 2048;

  private RecipeHash() {}

  /** SHA-256, hex. */
  static String of(ModelConfig model, Kernels kernels, List<ColumnPlan> columns) {
    Digest digest = new Digest().number(VERSION).text(kernels.name());
    digest.text(kernels.precision().name());
    digest.number(kernels.name().equals("cpu") && sharesSums(model) ? kernels.threads() : 1);
    TreeMap<String, ColumnPlan> byModality = new TreeMap<>();
    columns.forEach(c -> byModality.put(c.modality(), c));
    byModality.forEach((modality, column) -> add(digest, column));
    columns.stream()
        .filter(c -> CellForm.isEncoded(c.form()))
        .findFirst()
        .ifPresent(c -> add(digest, c.codecs()));
    return digest.hex();
  }

  private static void add(Digest digest, ColumnPlan column) {
    if (column.maxTokens() > 0) {
      digest.text("max-tokens").text(column.modality()).number(column.maxTokens());
    }
    if (isTrack(column.form())) {
      digest.text("track").text(column.modality());
    }
  }

  /**
   * What payloads may be decoded to. How much time and memory that may take decides on some other
   * day otherwise, and changes no embedding.
   */
  private static void add(Digest digest, JobConfig.Codecs codecs) {
    digest.text("codecs").number(codecs.enabled() ? codecs.output() : 0);
  }

  private static boolean isTrack(CellForm form) {
    return form instanceof CellForm.Encoded e && e.medium() == Medium.TRACK
        || form instanceof CellForm.FilePath p && p.medium() == Medium.TRACK;
  }

  private static boolean sharesSums(ModelConfig model) {
    return WeightTable.of(model).shapes().values().stream()
        .anyMatch(shape -> shape.length > 1 && shape[1] >= SHARED);
  }
}
