package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;
import tributary.config.Problems.Refused;
import tributary.encode.Explainer;
import tributary.explain.Page;
import tributary.model.Model;
import tributary.models.Models;
import tributary.read.Rejected;
import tributary.record.OpenRecord;
import tributary.record.Recipe;
import tributary.split.Subsequence;
import tributary.tensor.nd4j.Backends;

/** One record of a job's input on the driver, whole, and where the job's model looks in it. */
public final class OneRecord {
  private OneRecord() {}

  /**
   * The page that explains a record's embedding.
   *
   * @throws Refused where the job, the id, the model or the record do not allow it: each with its
   *     reason
   */
  public static String explain(JobConfig job, SparkSession spark, String id) {
    return explain(job, Preflight.reading(job, spark), id);
  }

  static String explain(JobConfig job, Preflight preflight, String id) {
    Prepared prepared = preflight.prepared();
    Model model = prepared.model();
    try (Explainer explains = Models.explainer(model, Backends.open(prepared.kernels()))) {
      SortedMap<String, Subsequence> tokens = tokens(job, prepared, id);
      return Page.of(
          "Record " + id,
          explains.how(),
          model.config().modalities(),
          tokens,
          explains.shares(tokens));
    }
  }

  private static SortedMap<String, Subsequence> tokens(
      JobConfig job, Prepared prepared, String id) {
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
        record.row(cells.of(row));
        while (record.step()) {}
      }
    } catch (Rejected e) {
      throw new Refused(
          List.of("Cannot explain record " + id + ": it is quarantined, " + e.getMessage()));
    }
    record.finish();
    SortedMap<String, Subsequence> tokens = new TreeMap<>();
    parts.forEach(p -> tokens.put(p.modality(), p));
    return tokens;
  }
}
