package tributary.spark.learn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import tributary.learn.BatchOrder;
import tributary.learn.LearningSettings;
import tributary.learn.Measures;
import tributary.report.History;
import tributary.report.LearningReport;

/**
 * What is told of a run: a line now and then, and every step to the history. On the driver; steps
 * that an attempt repeats are told once.
 */
final class Progress implements StepWatcher {
  private static final long EVERY = 5_000_000_000L;

  private final LearningPlan plan;
  private final BatchOrder order;
  private final LearningSettings settings;
  private final Measures measures;
  private final History history;
  private final Consumer<String> say;
  private long told;
  private long lastLine;
  private double seconds; // of the steps since the last line
  private int since;
  private double smooth = Double.NaN; // seconds of a step

  Progress(
      LearningPlan plan,
      BatchOrder order,
      LearningSettings settings,
      Measures measures,
      History history,
      Consumer<String> say,
      long before) {
    this.plan = plan;
    this.order = order;
    this.settings = settings;
    this.measures = measures;
    this.history = history;
    this.say = say;
    this.told = before;
  }

  @Override
  public synchronized void saw(List<Step> steps) {
    for (Step step : steps) {
      if (step.step() <= told) {
        continue;
      }
      told = step.step();
      Measures.Means means = measures.means(step.losses());
      append(step, means);
      seconds += step.seconds();
      since++;
      if (System.nanoTime() - lastLine > EVERY || told == plan.steps()) {
        line(step.step(), means);
      }
    }
  }

  private void append(Step step, Measures.Means means) {
    try {
      history.append(
          new LearningReport.Step(
              step.step(),
              step.step() / (double) order.stepsPerEpoch(),
              settings.schedule().rate(step.step() - 1),
              step.gradientNorm(),
              plan.records() / step.seconds(),
              means.losses(),
              means.measures()));
      Measures.Means validation = measures.validation(step.losses());
      if (!validation.isEmpty()) {
        history.append(
            new LearningReport.Validation(step.step(), validation.losses(), validation.measures()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write the run's history: " + e.getMessage(), e);
    }
  }

  private void line(long step, Measures.Means means) {
    double each = seconds / since;
    smooth = Double.isNaN(smooth) ? each : 0.7 * smooth + 0.3 * each;
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "step %,d of %,d", step, plan.steps()));
    for (Map<String, Double> own : List.of(means.losses(), means.measures())) {
      own.forEach((name, mean) -> line.append(String.format(Locale.ROOT, "  %s %.4f", name, mean)));
    }
    line.append(
        String.format(
            Locale.ROOT,
            "  %.1f records/s  %s left",
            plan.records() * since / seconds,
            left((plan.steps() - step) * smooth)));
    say.accept(line.toString());
    lastLine = System.nanoTime();
    seconds = 0;
    since = 0;
  }

  private static String left(double seconds) {
    long whole = Math.round(seconds);
    return whole >= 3600
        ? String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
  }
}
