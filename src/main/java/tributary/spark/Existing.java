package tributary.spark;

import static org.apache.spark.sql.functions.col;

import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;

/**
 * Mode append: rows whose id, model and content stand in the table already are not written again.
 */
final class Existing {
  private Existing() {}

  static Dataset<Row> without(SparkSession spark, Dataset<Row> table, JobConfig.Sink sink) {
    try {
      Path path = new Path(sink.path());
      FileSystem fs = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
      if (!fs.exists(path)) {
        return table;
      }
    } catch (java.io.IOException e) {
      throw new IllegalStateException("Cannot read " + sink.path() + ": " + e.getMessage(), e);
    }
    Dataset<Row> existing =
        spark
            .read()
            .format(sink.format())
            .options(sink.options())
            .load(sink.path())
            .select(
                col("id").as("there_id"),
                col("model_hash").as("there_model"),
                col("input_hash").as("there_input"));
    return table.join(
        existing,
        col("id")
            .equalTo(col("there_id"))
            .and(col("model_hash").equalTo(col("there_model")))
            .and(col("input_hash").equalTo(col("there_input"))),
        "left_anti");
  }
}
