package tributary.tools.onnxcheck;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tributary.model.Model;
import tributary.tensor.Backend;

/** Whether exported graphs, run in ONNX Runtime, give what the encoder gives. */
public final class OnnxCheck {
  /** Of {@link #scale}: float32 sums in another order. */
  public static final double TOLERANCE = 1e-5;

  /** How the graphs of one family are compared. */
  private interface Check {
    /** The largest difference over the family's scale. */
    double difference(Model model, Backend backend, List<Path> files);
  }

  private static final Map<String, Check> CHECKS =
      Map.of(
          "elastic", ElasticCheck::difference,
          "hip", new WholeCheck("")::difference,
          "perceiver", new WholeCheck("tokens.")::difference,
          "perceiver-io", PerceiverIoCheck::difference,
          "bert", BertCheck::difference);

  /** Families whose outputs have many rows. */
  private static final List<String> MANY_ROWS = List.of("perceiver-io", "bert");

  private OnnxCheck() {}

  /**
   * Runs a record by seed through both: for elastic more leaf groups than a parent joins, and the
   * same without its first modality; for perceiver-io a signal of the task, decoded too, for bert
   * two sequences.
   *
   * @param files what the export wrote
   * @return the largest difference over {@link #scale}
   * @throws IllegalStateException where it is above {@link #TOLERANCE}
   */
  public static double difference(Model model, Backend backend, List<Path> files) {
    Check check = CHECKS.get(model.config().encoder());
    if (check == null) {
      throw new IllegalStateException(
          "Cannot check export: encoder " + model.config().encoder() + " has no check");
    }
    double difference = check.difference(model, backend, files);
    if (!(difference <= TOLERANCE)) {
      throw new IllegalStateException(
          "Cannot use export: in ONNX Runtime it differs by "
              + difference
              + " (at most "
              + TOLERANCE
              + ")");
    }
    return difference;
  }

  /**
   * What differences are divided by: for an embedding each value itself; for outputs of many rows
   * the largest of the output, as golden cases compare, because single values of deep models differ
   * by more in float32 whoever computes them (the full language model's latents, our own kernels
   * beside the oracle: 2.2e-5).
   */
  public static String scale(Model model) {
    return MANY_ROWS.contains(model.config().encoder()) ? "max(1, largest |x|)" : "max(1, |x|)";
  }
}
