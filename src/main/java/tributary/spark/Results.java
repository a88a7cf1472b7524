package tributary.spark;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_keys;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Staged rows to the tables that users see, and what is counted from them. On the driver. */
final class Results {
  private Results() {}

  /**
   * One row a record: id, embedding, norm, present (modalities), tokens (seen, by modality),
   * left_out (by a limit), model_hash, input_hash, run_id, then the kept columns.
   */
  static Dataset<Row> output(Dataset<Row> done, String modelHash, String runId, List<String> keep) {
    List<Column> columns =
        new java.util.ArrayList<>(
            List.of(
                col("id"),
                col("embedding"),
                col("norm"),
                map_keys(col("tokens")).as("present"),
                col("tokens"),
                col("left_out"),
                lit(modelHash).as("model_hash"),
                col("input_hash"),
                lit(runId).as("run_id")));
    keep.forEach(k -> columns.add(col("keep").getField(k).as(k)));
    return done.filter(col("kind").equalTo(Staged.DONE)).select(columns.toArray(new Column[0]));
  }

  /** One row a quarantined record: id, column, reason, detail, payload_digest, run_id. */
  static Dataset<Row> quarantine(Dataset<Row> staged, String runId) {
    return staged
        .filter(col("kind").equalTo(Staged.QUARANTINED))
        .select(
            col("id"),
            col("column"),
            col("reason"),
            col("detail"),
            col("payload_digest"),
            lit(runId).as("run_id"));
  }

  /** Records by kind and reason. */
  static Totals count(Dataset<Row> staged) {
    long done = 0;
    long quarantined = 0;
    long headers = 0;
    SortedMap<String, Long> reasons = new TreeMap<>();
    long hash = 0;
    Column content =
        xxhash64(col("id"), coalesce(col("input_hash"), col("payload_digest"), col("reason")));
    for (Row row :
        staged
            .filter(col("kind").notEqual(Staged.PIECE))
            .groupBy("kind", "reason")
            .agg(functions.count(lit(1)), functions.bit_xor(content))
            .collectAsList()) {
      long n = row.getLong(2);
      int kind = row.getInt(0);
      if (kind == Staged.HEADER) {
        headers += n;
        continue;
      }
      hash ^= row.getLong(3);
      if (kind == Staged.DONE) {
        done += n;
      } else {
        quarantined += n;
        reasons.merge(row.getString(1), n, Long::sum);
      }
    }
    return new Totals(done, quarantined, headers, reasons, hash);
  }

  /** What {@link #count} counts; the hash does not depend on order or partitioning. */
  record Totals(
      long done, long quarantined, long headers, SortedMap<String, Long> reasons, long hash) {
    Totals plus(Totals more) {
      SortedMap<String, Long> all = new TreeMap<>(reasons);
      more.reasons.forEach((k, v) -> all.merge(k, v, Long::sum));
      return new Totals(
          done + more.done, quarantined + more.quarantined, headers, all, hash ^ more.hash);
    }
  }

  /** Tokens by modality over all finished records. */
  static Map<String, Long> tokens(Dataset<Row> done, String column) {
    Map<String, Long> totals = new TreeMap<>();
    done.filter(col("kind").equalTo(Staged.DONE))
        .select(functions.explode(col(column)))
        .groupBy("key")
        .agg(sum("value"))
        .collectAsList()
        .forEach(r -> totals.put(r.getString(0), r.getLong(1)));
    return totals;
  }
}
