package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems;
import tributary.config.Yaml;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.Weight;
import tributary.models.ModelConfigs;
import tributary.models.Models;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tokenize.TokenBlock;

class LearningReplicaTest {
  private static final int RECORDS = 6;
  private static final RunIdentity IDENTITY = RunIdentity.of("model", 5, "order", Map.of());
  private final Backend backend = new JavaBackend();

  private static Model model() {
    String text =
        """
        encoder: elastic
        group_size: 4
        fan_in: 2
        embedding_channels: 8
        levels:
          - {latents: 3, channels: 8, self_layers: 1, self_heads: 2, cross_heads: 2}
          - {latents: 2, channels: 8, self_layers: 0, cross_heads: 1}
        merge: {latents: 2, channels: 8, self_layers: 1, self_heads: 2, cross_heads: 2}
        fusion: {latents: 2, channels: 8, self_layers: 1, self_heads: 2, cross_heads: 2}
        embedding_dim: 6
        activation: gelu
        decoder_heads: 1
        modalities:
          - {name: text, kind: text}
          - {name: wave, kind: raw, channels: 3}
          - {name: rest, kind: raw, channels: 1}
        """;
    Problems problems = new Problems();
    ModelConfig config = ModelConfigs.parse(Yaml.parse(text, "test"), "", problems);
    problems.refuse();
    return Initialization.random(config, 3);
  }

  private static LearningRecord record(int i) {
    SplittableRandom random = new SplittableRandom(i);
    TreeMap<String, Subsequence> tokens = new TreeMap<>();
    byte[] bytes = new byte[3 + i];
    random.nextBytes(bytes);
    tokens.put("text", new Subsequence("text", 0, List.of(new TokenBlock.Ids(bytes))));
    if (i % 3 != 1) {
      float[] values = new float[3 * (9 + 4 * i)];
      for (int k = 0; k < values.length; k++) {
        values[k] = (float) random.nextDouble(-1, 1);
      }
      tokens.put("wave", new Subsequence("wave", 0, List.of(new TokenBlock.Values(3, values))));
    }
    if (i % 2 == 0) {
      float[] values = {i, 1, -i, 2};
      tokens.put("rest", new Subsequence("rest", 0, List.of(new TokenBlock.Values(1, values))));
    }
    TreeMap<String, String> labels = new TreeMap<>();
    if (i != 4) {
      labels.put("size", i < 3 ? "small" : "large");
    }
    return new LearningRecord("r" + i, i, tokens, labels);
  }

  /** Record i of the batch belongs to shard i mod shards. */
  private record Fixed(int shards) implements Batches {
    @Override
    public List<LearningRecord> records(long step, int shard) {
      List<LearningRecord> own = new ArrayList<>();
      for (int i = shard; i < RECORDS; i += shards) {
        own.add(record(i));
      }
      return own;
    }

    @Override
    public List<LearningRecord> validation(long step, int shard) {
      return List.of();
    }

    @Override
    public int epoch(long step) {
      return 0;
    }

    @Override
    public int batch() {
      return RECORDS;
    }
  }

  private static Objectives objectives(double masked, double fused, double between) {
    return objectives(masked, fused, between, 0);
  }

  private static Objectives objectives(
      double masked, double fused, double between, double classes) {
    return new Objectives(
        masked,
        fused,
        between,
        classes,
        new Objectives.Masking(new VisibleTokens(0.5, 1, 1), true),
        new Objectives.Contrast(0.5, new Objectives.Shown(0.3, 0.8, 0), 7, 5),
        new Objectives.Labels(
            "size", List.of("large", "small"), new Objectives.Shown(0.5, 1, 0.1), 0.1),
        ModalityDropout.of(Map.of("text", 0.0, "wave", 0.0, "rest", 0.0)),
        1000);
  }

  private LearningReplica replica(Objectives objectives, int shards) {
    return new LearningReplica(
        model(), Models::learner, backend, settings(objectives), new Fixed(shards), IDENTITY);
  }

  private static LearningSettings settings(Objectives objectives) {
    return settings(objectives, false);
  }

  private static LearningSettings settings(Objectives objectives, boolean recomputes) {
    return new LearningSettings(
        5,
        objectives,
        "adamw",
        AdamSettings.adamW(0),
        Schedule.constant(0.01f),
        Double.POSITIVE_INFINITY,
        recomputes,
        List.of());
  }

  private record Step(float[] gradient, double[] sums) {}

  private static Step step(LearningReplica replica, int shards) {
    List<float[]> met = new ArrayList<>();
    for (int s = 0; s < shards; s++) {
      met.add(replica.forward(0, s));
    }
    float[] gradient = new float[replica.parameters()];
    double[] sums = new double[replica.measures()];
    for (int s = 0; s < shards; s++) {
      float[] own = new float[replica.parameters()];
      double[] losses = replica.backward(0, s, met, own);
      for (int i = 0; i < sums.length; i++) {
        sums[i] += losses[i];
      }
      for (int i = 0; i < own.length; i++) {
        gradient[i] += own[i];
      }
    }
    return new Step(gradient, sums);
  }

  /** Without dropout both directions of a contrast have as many pairs, so means add up. */
  private static double loss(LearningReplica replica, Objectives o, double[] sums) {
    double loss = 0;
    for (Map.Entry<String, Double> e : replica.named().means(sums).losses().entrySet()) {
      if (e.getKey().equals(Measures.MASKED)) {
        loss += o.masked() * e.getValue();
      } else if (e.getKey().startsWith(Measures.FUSED)) {
        loss += o.fusedContrastive() * e.getValue();
      } else if (e.getKey().startsWith(Measures.MODALITIES)) {
        loss += o.modalitiesContrastive() * e.getValue();
      } else if (e.getKey().equals(Measures.CLASSES)) {
        // The mean over all records: the one without a label counts.
        loss += o.classification() * e.getValue() * (RECORDS - 1) / RECORDS;
      }
    }
    return loss;
  }

  @ParameterizedTest
  @ValueSource(strings = {"1 0 0 0", "0 1 0 0", "0 0 1 0", "0 0 0 1", "0.5 2 0.25 0.5"})
  void theGradientIsTheSlopeOfTheLoss(String weights) {
    double[] w = Arrays.stream(weights.split(" ")).mapToDouble(Double::parseDouble).toArray();
    Objectives o = objectives(w[0], w[1], w[2], w[3]);
    try (LearningReplica replica = replica(o, 2)) {
      Step here = step(replica, 2);
      double squares = Math.pow(GradientNorm.of(here.gradient()), 2);
      double h = 2e-3 / Math.sqrt(squares);
      double far = slope(replica, o, here.gradient(), h);
      double near = slope(replica, o, here.gradient(), h / 2);
      double slope = (4 * near - far) / 3; // Richardson: without the third derivative
      assertThat(slope / squares).isCloseTo(1, within(1e-3));
    }
  }

  private double slope(LearningReplica replica, Objectives o, float[] along, double h) {
    double after = loss(replica, o, moved(o, along, h).sums());
    double before = loss(replica, o, moved(o, along, -h).sums());
    return (after - before) / (2 * h);
  }

  /** A step's sums with weights moved along a direction. */
  private Step moved(Objectives o, float[] direction, double h) {
    try (LearningReplica replica = replica(o, 2)) {
      Parameters parameters = Parameters.ofWeights(replica.weights());
      float[] flat = parameters.pack(replica.weights());
      for (int i = 0; i < flat.length; i++) {
        flat[i] += (float) (h * direction[i]);
      }
      replica.restore(start(parameters.unpack(flat)));
      return step(replica, 2);
    }
  }

  private static Checkpoint start(Map<String, Weight> weights) {
    AdamW optimiser = new AdamW(Parameters.ofWeights(weights), AdamSettings.adamW(0));
    return Checkpoint.of(0, IDENTITY, weights).withMoments(optimiser.moments());
  }

  @Test
  void howTheBatchIsCutMovesTheGradientByItsRoundingAlone() {
    Objectives o = objectives(1, 1, 0.5);
    try (LearningReplica one = replica(o, 1);
        LearningReplica four = replica(o, 4);
        LearningReplica eight = replica(o, 8)) {
      float[] whole = step(one, 1).gradient();
      double norm = GradientNorm.of(whole);
      for (Step cut : List.of(step(four, 4), step(eight, 8))) {
        float[] difference = new float[whole.length];
        for (int i = 0; i < whole.length; i++) {
          difference[i] = cut.gradient()[i] - whole[i];
        }
        assertThat(GradientNorm.of(difference)).isLessThan(1e-5 * norm);
      }
    }
  }

  /**
   * With and without passes that are kept, of all objectives together and of none that contrasts.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0, 1})
  void whatIsComputedAgainHasTheSameBits(double contrast) {
    Objectives o = objectives(1, contrast, contrast, 1);
    try (LearningReplica keeps = replica(o, 3);
        LearningReplica again =
            new LearningReplica(
                model(), Models::learner, backend, settings(o, true), new Fixed(3), IDENTITY)) {
      for (int i = 0; i < 3; i++) {
        Step expected = step(keeps, 3);
        Step step = step(again, 3);
        assertThat(step.gradient()).isEqualTo(expected.gradient());
        assertThat(step.sums()).isEqualTo(expected.sums());
        keeps.update(i + 1, expected.gradient(), expected.sums());
        again.update(i + 1, step.gradient(), step.sums());
      }
      assertThatThrownBy(() -> again.backward(4, 0, List.of(), new float[again.parameters()]))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Cannot go back through shard 0: not forward yet");
    }
  }

  @Test
  void equalReplicasLearnEqualBitsAndGoOnFromACheckpoint() {
    Objectives o = objectives(1, 1, 0);
    try (LearningReplica a = replica(o, 2);
        LearningReplica b = replica(o, 2)) {
      double first = loss(a, o, step(a, 2).sums());
      for (int i = 0; i < 20; i++) {
        Step step = step(a, 2);
        a.update(i + 1, step.gradient(), step.sums());
      }
      b.restore(a.state(20));
      for (int i = 20; i < 40; i++) {
        for (LearningReplica each : List.of(a, b)) {
          Step step = step(each, 2);
          each.update(i + 1, step.gradient(), step.sums());
        }
      }
      Parameters parameters = Parameters.ofWeights(a.weights());
      assertThat(parameters.pack(b.weights())).isEqualTo(parameters.pack(a.weights()));
      assertThat(loss(a, o, step(a, 2).sums())).isLessThan(0.7 * first);
    }
  }

  @Test
  void classesAreLearntAndARecordWithoutALabelCountsNothing() {
    Objectives o = objectives(0, 0, 0, 1);
    try (LearningReplica replica = replica(o, 2)) {
      for (int i = 0; i < 60; i++) {
        Step step = step(replica, 2);
        assertThat(step.sums()[1]).as("records with a label").isEqualTo(RECORDS - 1);
        replica.update(i + 1, step.gradient(), step.sums());
      }
      Measures.Means means = replica.named().means(step(replica, 2).sums());
      assertThat(means.losses()).containsOnlyKeys("classification");
      assertThat(means.measures()).containsExactly(Map.entry("accuracy", 1.0));
      // Smoothing by 0.1 over two classes: no loss is below the entropy of (0.95, 0.05).
      double entropy = -0.95 * Math.log(0.95) - 0.05 * Math.log(0.05);
      assertThat(means.losses().get("classification")).isBetween(entropy, entropy + 0.1);
      Classifier told = LearningReplica.classifier(settings(o), "hash", replica.weights());
      assertThat(told.classes()).containsExactly("large", "small");
      assertThat(told.embeddingDim()).isEqualTo(6);
    }
  }

  @Test
  void aNumberThatIsNoneStopsAndNamesRecordAndModality() {
    try (LearningReplica replica = replica(objectives(1, 0, 0), 1)) {
      Map<String, Weight> weights = replica.weights();
      Objects.requireNonNull(weights.get("unembed.wave.bias")).values()[0] = Float.NaN;
      replica.restore(start(weights));
      assertThatThrownBy(() -> step(replica, 1))
          .isInstanceOf(LearningStopped.class)
          .hasMessage(
              "Cannot go on learning at step 0: the masked loss of record r0, wave, is not a finite"
                  + " number (the last checkpoint is as it was; to try a lower rate take another"
                  + " folder of checkpoints)");
    }
  }
}
