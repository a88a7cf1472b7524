package tributary.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Invalid;

/**
 * What a page of a learning run is drawn from: pure data, all of it copied, made on the driver.
 *
 * <p>A loss has a name such as {@code masked/image}: what comes before the first slash is the
 * objective, and the losses of one objective share a chart; what follows it is the modality, which
 * has one colour on the whole page. Measures, of which more is better, are grouped alike: {@code
 * probe accuracy} and {@code probe accuracy/without image} share a chart.
 *
 * @param title the heading of the page, such as the run's name
 * @param facts model, parameters, seed, objectives and their weights, optimiser, data, machine; in
 *     the order in which they are shown
 * @param steps the history, steps ascending
 * @param validations points of validation, steps ascending
 * @param reconstructions what the model made of what it did not see
 * @param map embeddings of the validation's records in two dimensions
 */
public record LearningReport(
    String title,
    Map<String, String> facts,
    List<Step> steps,
    List<Validation> validations,
    List<Reconstruction> reconstructions,
    EmbeddingMap map) {

  public LearningReport {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    steps = List.copyOf(steps);
    validations = List.copyOf(validations);
    reconstructions = List.copyOf(reconstructions);
    ascending("steps", steps.stream().mapToLong(Step::step).toArray());
    ascending("validations", validations.stream().mapToLong(Validation::step).toArray());
  }

  private static void ascending(String key, long[] steps) {
    for (int i = 1; i < steps.length; i++) {
      if (steps[i] <= steps[i - 1]) {
        throw Invalid.argument(key, steps[i] + " after " + steps[i - 1], "ascending");
      }
    }
  }

  /**
   * One step of the optimiser. A value may be NaN or infinite: it is kept, and the page says so.
   *
   * @param step from 1
   * @param epoch passes over the data so far, with their fraction
   * @param gradientNorm before clipping
   * @param losses by name, unweighted
   * @param measures by name, of the records of the step
   */
  public record Step(
      long step,
      double epoch,
      double learningRate,
      double gradientNorm,
      double recordsPerSecond,
      SortedMap<String, Double> losses,
      SortedMap<String, Double> measures) {
    public Step {
      losses = Collections.unmodifiableSortedMap(new TreeMap<>(losses));
      measures = Collections.unmodifiableSortedMap(new TreeMap<>(measures));
    }
  }

  /**
   * What held-out records gave after a step.
   *
   * @param losses by name, as in training
   * @param measures by name: {@code probe accuracy}
   */
  public record Validation(
      long step, SortedMap<String, Double> losses, SortedMap<String, Double> measures) {
    public Validation {
      losses = Collections.unmodifiableSortedMap(new TreeMap<>(losses));
      measures = Collections.unmodifiableSortedMap(new TreeMap<>(measures));
    }
  }

  /**
   * Embeddings as points of a plane.
   *
   * @param label the column that colours them
   * @param kept the share of the embeddings' variance that the plane keeps, 0 to 1
   */
  public record EmbeddingMap(String label, double kept, List<Point> points) {
    /** No map. */
    public static final EmbeddingMap NONE = new EmbeddingMap("", 0, List.of());

    public EmbeddingMap {
      points = List.copyOf(points);
    }
  }

  /**
   * One record's embedding.
   *
   * @param id of the record, any text
   */
  public record Point(double x, double y, String label, String id) {
    public Point {
      if (!Double.isFinite(x) || !Double.isFinite(y)) {
        throw Invalid.argument("point of " + id, x + ", " + y, "finite");
      }
    }
  }
}
