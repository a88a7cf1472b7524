package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;
import tributary.config.Problems.Refused;
import tributary.encode.Explainer;
import tributary.explain.Explanation;
import tributary.explain.Explanation.Fact;
import tributary.explain.Page;
import tributary.explain.Part;
import tributary.model.Model;
import tributary.models.Models;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.record.OpenRecord;
import tributary.record.Recipe;
import tributary.split.Subsequence;
import tributary.tensor.nd4j.Backends;

/** One record of a job's input on the driver, whole, and where the job's model looks in it. */
public final class OneRecord {
  private final SortedMap<String, Subsequence> tokens = new TreeMap<>();
  private final SortedMap<String, double[]> times = new TreeMap<>();

  /**
   * The page that explains a record's embedding.
   *
   * @param file of the job, as the page names it
   * @throws Refused where the job, the id, the model or the record do not allow it: each with its
   *     reason
   */
  public static String explain(JobConfig job, SparkSession spark, String id, String file) {
    return explain(job, Preflight.reading(job, spark), id, file);
  }

  static String explain(JobConfig job, Preflight preflight, String id, String file) {
    Prepared prepared = preflight.prepared();
    Model model = prepared.model();
    try (Explainer explains = Models.explainer(model, Backends.open(prepared.kernels()))) {
      OneRecord record = new OneRecord(job, prepared, id);
      SortedMap<String, double[]> shares = explains.shares(record.tokens);
      List<Part> parts = new ArrayList<>();
      record.tokens.forEach(
          (name, tokens) ->
              parts.add(
                  new Part(
                      name,
                      Objects.requireNonNull(job.modalities().get(name)).column(),
                      model.config().modality(name),
                      tokens,
                      Objects.requireNonNull(shares.get(name)),
                      record.times(name))));
      return Page.of(
          new Explanation(
              "Record " + id,
              facts(job, prepared, file),
              RunReport.random(model).orElse(null),
              explains.how(),
              parts));
    }
  }

  private static List<Fact> facts(JobConfig job, Prepared prepared, String file) {
    Model model = prepared.model();
    JobConfig.ModelSource source = job.model();
    String init = source.init() + " with seed " + source.seed();
    return List.of(
        new Fact("model", source.path() == null ? init : source.path()),
        new Fact("model hash", model.hash()),
        new Fact("weights", model.origin()),
        new Fact("encoder", model.config().encoder()),
        new Fact("precision", job.precision().toString()),
        new Fact("kernels", prepared.device().line()),
        new Fact("job", file),
        new Fact("input", job.input().named()));
  }

  private OneRecord(JobConfig job, Prepared prepared, String id) {
    Dataset<Row> rows = prepared.frame().projected().filter(col("id").equalTo(id));
    List<Row> own = (job.part() == null ? rows : rows.orderBy(col("part"))).collectAsList();
    if (own.isEmpty()) {
      throw new Refused(List.of("Cannot explain record " + id + ": the input holds no such id"));
    }
    if (job.part() == null && own.size() > 1) {
      throw new Refused(
          List.of("Cannot explain record " + id + ": it stands " + own.size() + " times"));
    }
    Cells cells = new Cells(prepared.frame().columns());
    Map<String, Long> limits = new TreeMap<>();
    prepared.frame().columns().forEach(c -> limits.put(c.modality(), c.maxTokens()));
    List<Subsequence> parts = new ArrayList<>();
    OpenRecord record =
        new OpenRecord(new Recipe(prepared.model().config(), limits, Long.MAX_VALUE), parts::add);
    try {
      for (Row row : own) {
        List<OpenRecord.Cell> filled = cells.of(row);
        filled.forEach(this::note);
        record.row(filled);
        while (record.step()) {}
      }
    } catch (Rejected e) {
      throw new Refused(
          List.of("Cannot explain record " + id + ": it is quarantined, " + e.getMessage()));
    }
    record.finish();
    parts.forEach(p -> tokens.put(p.modality(), p));
  }

  /** Keeps the times of a series: its tokens have their phases alone. */
  private void note(OpenRecord.Cell cell) {
    if (cell.payload() instanceof Payload.Series series) {
      DoubleStream all =
          DoubleStream.concat(Arrays.stream(times(cell.modality())), Arrays.stream(series.times()));
      times.put(cell.modality(), all.toArray());
    }
  }

  private double[] times(String modality) {
    return times.getOrDefault(modality, new double[0]);
  }
}
