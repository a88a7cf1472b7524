package tributary.tools.onnxcheck;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import tributary.encode.Encoder;
import tributary.model.Model;
import tributary.models.Encoders;
import tributary.models.bert.BertConfig;
import tributary.models.elastic.ElasticConfig;
import tributary.models.hip.HipConfig;
import tributary.models.perceiver.PerceiverConfig;
import tributary.models.perceiverio.PerceiverIoConfig;
import tributary.split.Subsequence;
import tributary.tensor.Backend;

/** Whether exported graphs, run in ONNX Runtime, give what the encoder gives. */
public final class OnnxCheck {
  /** Of {@link #scale}: float32 sums in another order. */
  public static final double TOLERANCE = 1e-5;

  /** Tokens of a modality, of a record that is given to a graph whole. */
  private static final int SOME = 67;

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
    double difference = of(model, backend, files);
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
    return model.config() instanceof PerceiverIoConfig || model.config() instanceof BertConfig
        ? "max(1, largest |x|)"
        : "max(1, |x|)";
  }

  private static double of(Model model, Backend backend, List<Path> files) {
    if (model.config() instanceof PerceiverIoConfig) {
      return PerceiverIoCheck.difference(model, backend, files);
    }
    if (model.config() instanceof BertConfig bert) {
      return BertCheck.difference(model, bert, backend, files);
    }
    return ofRecord(model, backend, files);
  }

  private static double ofRecord(Model model, Backend backend, List<Path> files) {
    try (Encoder encoder = Encoders.of(model, backend)) {
      int tokens =
          model.config() instanceof ElasticConfig c ? c.groupSize() * (c.fanIn() + 1) + 1 : SOME;
      List<Subsequence> record = Records.record(model.config(), encoder, tokens, 1);
      double whole = ofRecord(model, encoder, files, record);
      if (!(model.config() instanceof ElasticConfig)) {
        return whole;
      }
      String first = record.get(0).modality();
      List<Subsequence> others = record.stream().filter(s -> !s.modality().equals(first)).toList();
      return Math.max(whole, ofRecord(model, encoder, files, others)); // NaN stays
    }
  }

  private static double ofRecord(
      Model model, Encoder encoder, List<Path> files, List<Subsequence> record) {
    float[] ours = Records.embedding(encoder, record);
    return Records.difference(theirs(model, encoder, files, record), ours);
  }

  private static float[] theirs(
      Model model, Encoder encoder, List<Path> files, List<Subsequence> record) {
    Path first = files.get(0);
    if (model.config() instanceof HipConfig hip) {
      try (OnnxSession session = new OnnxSession(first, 1)) {
        return session.run(Records.inputs(hip, record));
      }
    }
    if (model.config() instanceof PerceiverConfig perceiver) {
      try (OnnxSession session = new OnnxSession(first, 1)) {
        return session.run(Records.inputs(perceiver, record, "tokens."));
      }
    }
    if (model.config() instanceof ElasticConfig elastic) {
      Path folder = Objects.requireNonNull(first.toAbsolutePath().getParent());
      try (OnnxEncoder onnx = new OnnxEncoder(elastic, folder, encoder.subsequenceTokens(), 16)) {
        return Records.embedding(onnx, record);
      }
    }
    throw new IllegalStateException(
        "Cannot check export: encoder " + model.config().encoder() + " has no ONNX form");
  }
}
