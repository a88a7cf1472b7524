package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Records that are too long for one task: their pieces to nodes, their nodes to records. On the
 * driver.
 */
final class SpreadRecords {
  private final TaskPlan plan;
  private final Metrics metrics;
  private final int partitions;
  private final BiFunction<Dataset<Row>, MapPartitionsFunction<Row, Row>, Dataset<Row>> map;
  private final UnaryOperator<Dataset<Row>> keep;

  /**
   * @param map a step over staged rows, giving staged rows
   * @param keep what is read more than once
   */
  SpreadRecords(
      TaskPlan plan,
      Metrics metrics,
      int partitions,
      BiFunction<Dataset<Row>, MapPartitionsFunction<Row, Row>, Dataset<Row>> map,
      UnaryOperator<Dataset<Row>> keep) {
    this.plan = plan;
    this.metrics = metrics;
    this.partitions = partitions;
    this.map = map;
    this.keep = keep;
  }

  /**
   * The finished records of the headers and pieces among what was staged.
   *
   * @param passes over the pieces; 0 for an encoder that encodes them once
   */
  Dataset<Row> finished(Dataset<Row> staged, int passes) {
    Dataset<Row> headers = staged.filter(Staged.Kind.HEADER.holds());
    Dataset<Row> pieces = staged.filter(Staged.Kind.PIECE.holds());
    if (passes == 0) {
      Dataset<Row> nodes = map.apply(spread(pieces), new EncodePieces(plan, metrics));
      return map.apply(gathered(nodes, headers), new MergeRecords(plan, metrics));
    }
    for (int pass = 0; pass < passes; pass++) {
      Dataset<Row> copies = map.apply(headers, new CopyHeaders(plan, partitions));
      Dataset<Row> arranged =
          spread(pieces.union(copies)).sortWithinPartitions("id", "kind", "modality", "index");
      Dataset<Row> nodes = map.apply(arranged, new AttendPieces(plan, metrics, pass));
      headers = map.apply(gathered(nodes, headers), new MergeRecords(plan, metrics, pass));
      if (pass < passes - 1) {
        headers = keep.apply(headers);
      }
    }
    return headers;
  }

  /**
   * Consecutive pieces of a record go to consecutive partitions: no task has more than one above
   * its share of any record.
   */
  private Dataset<Row> spread(Dataset<Row> pieces) {
    return pieces.repartitionById(
        partitions,
        pmod(
                functions.hash(col("id"), col("modality")).cast("long").plus(col("index")),
                lit((long) partitions))
            .cast("int"));
  }

  /** All nodes of a record in one partition, after its header, in order. */
  private Dataset<Row> gathered(Dataset<Row> nodes, Dataset<Row> headers) {
    return nodes
        .union(headers)
        .repartition(partitions, col("id"))
        .sortWithinPartitions("id", "kind", "modality", "index");
  }
}
