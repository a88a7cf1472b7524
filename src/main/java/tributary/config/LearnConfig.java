package tributary.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What `pretrain` does: the section `learn` of a job. Lives on the driver.
 *
 * @param epochs passes over the records, where steps is 0
 * @param steps of the run; 0: epochs tell
 * @param batch records of a step
 * @param shards gradient shards of a batch, a power of two
 * @param tasks side by side, a power of two up to the shards; 0: as many as cores
 * @param seed of all that is random but the initial weights
 * @param validation a share, or a condition over the input's columns
 * @param label column that colours the report's map, and whose classes `classification` learns;
 *     null for none
 * @param tokensPerRecord learnt from at a time
 * @param recompute whether forward passes are made again on the way back, and not kept
 * @param keepDecoder whether the model that is written has its decoder
 * @param positionsFrom folder of a model whose position codes are taken over; null for none
 * @param positionsFrozen whether these stay as they are
 */
public record LearnConfig(
    double epochs,
    long steps,
    int batch,
    int shards,
    int tasks,
    long seed,
    String validation,
    @Nullable String label,
    long tokensPerRecord,
    boolean recompute,
    boolean keepDecoder,
    @Nullable String positionsFrom,
    boolean positionsFrozen,
    Objectives objectives,
    Masked masked,
    Contrast contrast,
    Classification classification,
    Dropout dropout,
    Optimiser optimiser,
    Checkpoints checkpoints) {
  /** Keys of the section begin so. */
  static final String SECTION = "learn.";

  private static final long MOST = Long.MAX_VALUE;

  /** Beyond these nobody means what they wrote. */
  private static final String MOST_EPOCHS = "1000000";

  private static final String MOST_RATE = "1e30";

  /** Weights of what teaches; 0 leaves it out. */
  public record Objectives(
      double masked,
      double fusedContrastive,
      double modalitiesContrastive,
      double classification) {}

  /**
   * @param visible share of a record's tokens, above 0 and below 1
   * @param alpha of the Dirichlet draw among modalities
   * @param run tokens that are hidden together
   * @param normalize targets token by token
   */
  public record Masked(double visible, double alpha, int run, boolean normalize) {}

  /**
   * @param from least share of a modality's tokens that a view shows
   * @param to largest
   * @param jitter deviation of noise on values
   * @param hidden width of the head's hidden layers
   * @param dim width of what is compared
   */
  public record Contrast(
      double temperature, double from, double to, double jitter, int hidden, int dim) {}

  /**
   * @param from least share of a modality's tokens that a record shows
   * @param to largest
   * @param jitter deviation of noise on values
   * @param smoothing share of the target that is spread over all classes
   */
  public record Classification(double from, double to, double jitter, double smoothing) {}

  /**
   * Probabilities that a view goes without a modality.
   *
   * @param longest of the one with most tokens
   * @param others of each other
   * @param named by name
   */
  public record Dropout(double longest, double others, Map<String, Double> named) {}

  /**
   * @param name adamw or lamb
   * @param rate the highest
   * @param schedule cosine, flat-cosine or constant
   * @param floor lowest rate, as a share of the highest
   * @param clip longest gradient that is taken as it is; 0: any
   */
  public record Optimiser(
      String name,
      double rate,
      String schedule,
      long warmUp,
      double floor,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double clip) {}

  /**
   * @param path folder that all executors see
   * @param every steps between two
   * @param keep how many
   * @param average of how many the model has the mean weights
   */
  public record Checkpoints(String path, long every, int keep, int average) {}

  /**
   * Reads the section; what is wrong goes to the problems of the fields.
   *
   * @param folder of the job file
   */
  static LearnConfig read(Fields f, @Nullable Path folder, Map<String, String> env) {
    String positions = f.optional("learn.positions-from");
    LearnConfig read =
        new LearnConfig(
            f.upTo("learn.epochs", 1, MOST_EPOCHS),
            f.between("learn.steps", 0, MOST),
            (int) f.between("learn.batch", 1, Integer.MAX_VALUE),
            (int) f.between("learn.shards", 1, 1 << 16),
            (int) f.between("learn.tasks", 0, 1 << 16),
            f.between("learn.seed", Long.MIN_VALUE, MOST),
            f.text("learn.validation", "a share from 0 to below 1, or a condition"),
            f.optional("learn.label"),
            f.between("learn.tokens-per-record", 1, Integer.MAX_VALUE),
            f.truth("learn.recompute", false),
            f.truth("learn.keep-decoder", false),
            positions == null ? null : ConfigFile.folder(positions, folder, env),
            f.truth("learn.positions-frozen", false),
            new Objectives(
                f.atLeastZero("learn.objectives.masked"),
                f.atLeastZero("learn.objectives.fused-contrastive"),
                f.atLeastZero("learn.objectives.modalities-contrastive"),
                f.atLeastZero("learn.objectives.classification")),
            new Masked(
                f.inside("learn.masked.visible"),
                f.positive("learn.masked.alpha", 1),
                (int) f.between("learn.masked.run", 1, Integer.MAX_VALUE),
                f.truth("learn.masked.normalize", true)),
            new Contrast(
                f.positive("learn.contrast.temperature", 0.1),
                f.positive("learn.contrast.view-from", 0.3),
                f.positive("learn.contrast.view-to", 0.8),
                f.atLeastZero("learn.contrast.jitter"),
                (int) f.between("learn.contrast.hidden", 1, 1 << 20),
                (int) f.between("learn.contrast.dim", 1, 1 << 20)),
            new Classification(
                f.positive("learn.classification.view-from", 1),
                f.positive("learn.classification.view-to", 1),
                f.atLeastZero("learn.classification.jitter"),
                f.fraction("learn.classification.smoothing")),
            new Dropout(
                f.fraction("learn.dropout.longest"), f.fraction("learn.dropout.others"), named(f)),
            optimiser(f),
            new Checkpoints(
                f.text("learn.checkpoints.path", "a folder"),
                f.between("learn.checkpoints.every", 1, MOST),
                (int) f.between("learn.checkpoints.keep", 1, 1 << 20),
                (int) f.between("learn.checkpoints.average", 1, 1 << 20)));
    read.check(f);
    return read;
  }

  private static Map<String, Double> named(Fields f) {
    Map<String, Double> named = new LinkedHashMap<>();
    f.texts("learn.dropout.named")
        .keySet()
        .forEach(
            name -> {
              String key = "learn.dropout.named." + name;
              named.put(name, f.fractionText(key));
            });
    return named;
  }

  private static Optimiser optimiser(Fields f) {
    return new Optimiser(
        f.oneOf("learn.optimiser.name", List.of("adamw", "lamb"), null),
        f.upTo("learn.optimiser.rate", 5e-4, MOST_RATE),
        f.oneOf("learn.optimiser.schedule", List.of("cosine", "flat-cosine", "constant"), null),
        f.between("learn.optimiser.warm-up", 0, MOST),
        f.fraction("learn.optimiser.floor"),
        f.belowOne("learn.optimiser.beta1"),
        f.belowOne("learn.optimiser.beta2"),
        f.positive("learn.optimiser.epsilon", 1e-8),
        f.atLeastZero("learn.optimiser.weight-decay"),
        f.atLeastZero("learn.optimiser.clip"));
  }

  private static void shares(Fields f, String key, double from, double to) {
    if (from > to || to > 1) {
      f.invalid(key, "from view-from, " + from + ", to 1");
    }
  }

  private void check(Fields f) {
    if (Integer.bitCount(shards) != 1) {
      f.invalid("learn.shards", "a power of two");
    }
    if (tasks != 0 && (Integer.bitCount(tasks) != 1 || tasks > shards)) {
      f.invalid("learn.tasks", "a power of two, at most the shards, " + shards + "; or 0");
    }
    if (objectives.masked
            + objectives.fusedContrastive
            + objectives.modalitiesContrastive
            + objectives.classification
        == 0) {
      f.invalid("learn.objectives.fused-contrastive", "one of the objectives above 0");
    }
    shares(f, "learn.contrast.view-to", contrast.from, contrast.to);
    shares(f, "learn.classification.view-to", classification.from, classification.to);
    if (classification.smoothing == 1) {
      f.invalid("learn.classification.smoothing", "below 1");
    }
    if (objectives.classification > 0 && label == null) {
      f.invalid("learn.label", "the column whose classes are to be learnt");
    }
    if (checkpoints.average > checkpoints.keep) {
      f.invalid("learn.checkpoints.average", "at most learn.checkpoints.keep, " + checkpoints.keep);
    }
    if (dropout.longest == 1) {
      f.invalid("learn.dropout.longest", "below 1");
    }
    if (dropout.others == 1) {
      f.invalid("learn.dropout.others", "below 1");
    }
    if (positionsFrozen && positionsFrom == null) {
      f.invalid("learn.positions-frozen", "only with learn.positions-from");
    }
  }
}
