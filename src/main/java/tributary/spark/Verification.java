package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig;
import tributary.config.JobConfigs;
import tributary.config.Problems;
import tributary.read.Rejected;
import tributary.record.Fused;
import tributary.write.Outcome;
import tributary.write.RunManifest;

/**
 * Whether a table of embeddings is what its last run says: ids, rows, norms, and of a sample the
 * bits, encoded again. On the driver.
 */
public final class Verification {
  /** What is looked at. */
  private static final StructType COLUMNS =
      StructType.fromDDL(
          "id string, embedding array<float>, norm float, model_hash string, input_hash string");

  private final SparkSession spark;
  private final RunManifest last;
  private final JobConfig config;
  private final List<String> lines = new ArrayList<>();
  private boolean right = true;

  private Verification(SparkSession spark, RunManifest last, JobConfig config) {
    this.spark = spark;
    this.last = last;
    this.config = config;
  }

  /**
   * What was found.
   *
   * @param right whether nothing is wrong
   * @param lines for a person
   */
  public record Found(boolean right, List<String> lines) {}

  /**
   * Looks at a table.
   *
   * @param sample how many records to encode again
   * @param sets over the configuration of the last run: key=value
   * @throws Problems.Refused where there is no run, or its input or model can't be had any more
   */
  public static Found verify(
      SparkSession spark, RunHistory history, int sample, List<String> sets) {
    RunManifest last =
        history
            .last()
            .orElseThrow(
                () ->
                    new Problems.Refused(
                        List.of("Cannot verify " + history.output() + ": no run is done")));
    Verification v =
        new Verification(spark, last, JobConfigs.again(last.config(), sets, System.getenv()));
    Prepared prepared = Preflight.reading(v.config, spark).prepared();
    try {
      Dataset<Row> table = v.table(history.output());
      v.rows(table);
      v.each(table, prepared.model().config().embeddingDim());
      v.sample(table, prepared, sample);
    } catch (Problems.Refused e) {
      throw e;
    } catch (Exception e) {
      String file = UnreadableFile.file(e).orElse("");
      if (file.isEmpty()) {
        throw e;
      }
      v.line(false, "files", "cannot read " + file);
    }
    return new Found(v.right, List.copyOf(v.lines));
  }

  private void line(boolean holds, String what, String told) {
    right &= holds;
    lines.add("%-8s %-11s %s".formatted(holds ? "right" : "WRONG", what, told));
  }

  /** The table that the history is beside, wherever the run's working folder was. */
  private Dataset<Row> table(String path) {
    JobConfig.Sink run = config.output();
    JobConfig.Sink sink =
        run.isNamed()
            ? run
            : new JobConfig.Sink(run.format(), path, run.mode(), run.options(), run.deletes());
    Dataset<Row> table;
    try {
      table =
          Existing.table(spark, sink, COLUMNS)
              .orElseThrow(() -> new IllegalStateException("there is no table"));
    } catch (Exception e) {
      if (UnreadableFile.file(e).isPresent()) {
        throw e;
      }
      throw new Problems.Refused(List.of("Cannot verify " + path + ": " + InputTable.firstLine(e)));
    }
    List<String> names = List.of(table.columns());
    for (String needed : COLUMNS.fieldNames()) {
      if (!names.contains(needed)) {
        throw new Problems.Refused(
            List.of("Cannot verify " + path + ": it has no column " + needed));
      }
    }
    StructType schema = table.schema();
    StructField embedding = schema.apply("embedding");
    String floats = "array<float>";
    return table
        .withColumn(
            "embedding",
            embedding.dataType() instanceof StringType
                ? from_json(col("embedding"), floats, Map.of())
                : col("embedding").cast(floats))
        .withColumn("norm", col("norm").cast(DataTypes.FloatType));
  }

  private void rows(Dataset<Row> table) {
    RunManifest.Counts counts = last.counts();
    long written = counts.out() + counts.unchanged();
    long rows = table.count();
    boolean more =
        config.output().mode() == JobConfig.Sink.Mode.APPEND
            || config.output().mode() == JobConfig.Sink.Mode.MERGE
                && config.output().deletes() == JobConfig.Sink.Deletes.KEEP;
    long most = more ? Long.MAX_VALUE : written + unread();
    line(
        rows >= written && rows <= most,
        "rows",
        "%,d, of which the last run %s %,d"
            .formatted(rows, more ? "left or made" : "left", written));
    long ids = table.select("id").filter(col("id").isNotNull()).distinct().count();
    // In mode append a record that changed has a row for each of its contents.
    boolean several = config.output().mode() == JobConfig.Sink.Mode.APPEND;
    line(several || ids == rows, "ids", "%,d different ones".formatted(ids));
  }

  /** Records whose old row a merge may have left, for they could not be read. */
  private long unread() {
    return config.output().mode() != JobConfig.Sink.Mode.MERGE
        ? 0
        : last.counts().reasons().entrySet().stream()
            .filter(r -> Rejected.Reason.valueOf(r.getKey()).isPassing())
            .mapToLong(Map.Entry::getValue)
            .sum();
  }

  /** Every row: as wide as the model says, its norm the embedding's. */
  private void each(Dataset<Row> table, int width) {
    long wrong =
        table
            .select("embedding", "norm")
            .filter(
                (org.apache.spark.api.java.function.FilterFunction<Row>)
                    row -> !isWhole(row, width))
            .count();
    line(
        wrong == 0,
        "norms",
        wrong == 0
            ? "those of the embeddings, %d wide, in every row".formatted(width)
            : "%,d rows have another width than %d, a number that is none, or another norm"
                .formatted(wrong, width));
  }

  private static boolean isWhole(Row row, int width) {
    if (row.isNullAt(0) || row.isNullAt(1)) {
      return false;
    }
    List<Float> values = row.getList(0);
    if (values.size() != width || values.stream().anyMatch(v -> v == null || !Float.isFinite(v))) {
      return false;
    }
    return Fused.norm(floats(values)) == row.getFloat(1);
  }

  private static float[] floats(List<Float> values) {
    float[] x = new float[values.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = values.get(i);
    }
    return x;
  }

  /** Rows of this model and recipe: the first ones by a hash of their ids, equal each time. */
  private void sample(Dataset<Row> table, Prepared prepared, int sample) {
    Dataset<Row> ours = table.filter(col("model_hash").equalTo(prepared.modelHash()));
    if (List.of(table.columns()).contains("recipe_hash")) {
      ours = ours.filter(col("recipe_hash").equalTo(prepared.recipeHash()));
    }
    Map<String, Row> rows = new TreeMap<>();
    ours.select("id", "embedding", "input_hash")
        .orderBy(xxhash64(col("id")))
        .limit(sample)
        .collectAsList()
        .forEach(r -> rows.put(r.get(0).toString(), r));
    Map<String, Fused> again = new HashMap<>();
    if (!rows.isEmpty()) {
      for (Row row : FuseJob.some(config, spark, prepared, List.copyOf(rows.keySet()))) {
        if (Staged.of(row) instanceof Staged.Finished finished
            && finished.outcome() instanceof Outcome.Embedded embedded) {
          again.put(embedded.id(), embedded.fused());
        }
      }
    }
    boolean wanted = sample > 0 && !table.isEmpty();
    if (wanted && rows.isEmpty()) {
      line(
          false,
          "bits",
          "none were compared: no row is of this model and recipe (kernels: %s)"
              .formatted(prepared.kernels().name()));
    } else {
      compare(rows, again, wanted);
    }
  }

  /**
   * Compares rows with what their records give now.
   *
   * @param wanted whether it is wrong that none are equal
   */
  private void compare(Map<String, Row> rows, Map<String, Fused> again, boolean wanted) {
    long equal = 0;
    long changed = 0;
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<String, Row> row : rows.entrySet()) {
      Fused now = again.get(row.getKey());
      if (now == null || !now.inputHash().equals(row.getValue().getString(2))) {
        changed++;
      } else if (isEqual(now.embedding(), row.getValue().getList(1))) {
        equal++;
      } else {
        wrong.add(row.getKey());
      }
    }
    line(
        wrong.isEmpty() && !(wanted && equal == 0),
        "bits",
        "%,d of %,d records encoded again have the bits of their row%s%s"
            .formatted(
                equal,
                rows.size(),
                changed == 0 ? "" : "; %,d have another content now, or none".formatted(changed),
                wrong.isEmpty() ? "" : "; others are " + wrong));
  }

  private static boolean isEqual(float[] now, List<Float> then) {
    if (then.size() != now.length) {
      return false;
    }
    for (int i = 0; i < now.length; i++) {
      if (Float.floatToRawIntBits(now[i]) != Float.floatToRawIntBits(then.get(i))) {
        return false;
      }
    }
    return true;
  }
}
