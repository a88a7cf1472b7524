package tributary.spark.learn;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.encode.Learner;
import tributary.learn.HeldOut;
import tributary.learn.LearningRecord;
import tributary.learn.LearningSettings;
import tributary.learn.ShardRecords;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.Models;
import tributary.report.History;
import tributary.report.LearningReport;
import tributary.report.LearningReport.EmbeddingMap;
import tributary.report.LearningReport.Point;
import tributary.report.Projection2d;
import tributary.report.Reconstruction;
import tributary.report.ReportPage;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;

/**
 * The page of a run that has ended: its history, and what the model makes of records that are held
 * out. On the driver; the records are encoded in tasks.
 */
final class LearningPage {
  /** Records on the map, and records that are filled in, at most. */
  private static final int POINTS = 2000;

  private static final int FILLED = 8;

  private LearningPage() {}

  /**
   * What tasks need to show held-out records.
   *
   * @param model folder of the model with its decoder, seen by all executors
   */
  record Showing(String model, LearningSettings settings, Kernels kernels, TakeShards shards)
      implements Serializable {

    /** Of one task: embeddings, and a few records filled in. */
    Iterator<Shown> show(int task, Iterator<Row> rows) {
      List<Shown> shown = new ArrayList<>();
      Backend backend = Backends.open(kernels);
      Model own = Models.load(Path.of(model));
      try (TaskRecords records = shards.take(task, rows);
          Learner learner = Models.learner(own, backend)) {
        HeldOut made = new HeldOut(learner, backend, own.config().modalities(), settings);
        ShardRecords heldOut = records.heldOut();
        for (int shard = heldOut.from(); shard < heldOut.to(); shard++) {
          int most = Math.min(heldOut.size(shard), 1 + POINTS / shards.shards());
          List<LearningRecord> some = new ArrayList<>();
          for (int i = 0; i < most; i++) {
            some.add(heldOut.record(shard, i));
          }
          List<HeldOut.Made> filled =
              settings.objectives().masked() > 0 && !some.isEmpty()
                  ? made.reconstruction(some.get(0))
                  : List.of();
          shown.add(new Shown(shard, made.embeddings(some), filled));
        }
      }
      return shown.iterator();
    }
  }

  /** Of one shard. */
  record Shown(int shard, List<HeldOut.Embedded> embedded, List<HeldOut.Made> filled)
      implements Serializable {}

  /**
   * Writes the page.
   *
   * @param rows of the table, a partition per task
   * @param label what colours the map; null: nothing
   */
  static void write(
      Path file,
      String title,
      Map<String, String> facts,
      History.Recorded history,
      JavaRDD<Row> rows,
      Showing showing,
      Map<String, ModalitySpec> modalities,
      @Nullable String label)
      throws IOException {
    List<Shown> shown = new ArrayList<>(rows.mapPartitionsWithIndex(showing::show, true).collect());
    shown.sort(Comparator.comparingInt(Shown::shard));
    List<HeldOut.Embedded> embedded = shown.stream().flatMap(s -> s.embedded().stream()).toList();
    List<Reconstruction> filled =
        shown.stream()
            .limit(FILLED)
            .flatMap(s -> s.filled().stream())
            .map(m -> reconstruction(m, modalities))
            .toList();
    ReportPage.write(
        file,
        new LearningReport(
            title, facts, history.steps(), history.validations(), filled, map(embedded, label)));
  }

  private static Reconstruction reconstruction(
      HeldOut.Made made, Map<String, ModalitySpec> modalities) {
    ModalitySpec spec = modalities.get(made.modality());
    if (spec == null || spec instanceof ModalitySpec.Text) {
      return new Reconstruction.Bytes(
          made.modality(), made.id(), bytes(made.original()), bytes(made.made()), made.visible());
    }
    return new Reconstruction.Values(
        made.modality(), made.id(), spec, made.original(), made.made(), made.visible());
  }

  private static byte[] bytes(float[] numbers) {
    byte[] bytes = new byte[numbers.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (int) numbers[i];
    }
    return bytes;
  }

  private static EmbeddingMap map(List<HeldOut.Embedded> embedded, @Nullable String label) {
    if (embedded.size() < 3) {
      return EmbeddingMap.NONE;
    }
    int width = embedded.get(0).embedding().length;
    float[] all = new float[embedded.size() * width];
    for (int i = 0; i < embedded.size(); i++) {
      System.arraycopy(embedded.get(i).embedding(), 0, all, i * width, width);
    }
    Projection2d plane = Projection2d.of(all, width);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < embedded.size(); i++) {
      String own = label == null ? null : embedded.get(i).labels().get(label);
      points.add(
          new Point(plane.x()[i], plane.y()[i], own == null ? "" : own, embedded.get(i).id()));
    }
    return new EmbeddingMap(label == null ? "" : label, plane.kept(), points);
  }
}
