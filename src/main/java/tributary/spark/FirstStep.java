package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.raise_error;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;

/**
 * A job's first step over its whole input, whatever the step makes of a record: dealt out, staged
 * once and kept on the executors' disks, duplicates told, all counted. On the driver; closed, it
 * releases what it kept.
 */
final class FirstStep implements AutoCloseable {
  private static final String CHECKSUM = "checksum";

  /**
   * Nothing that Spark may reason about: a filter behind it would be evaluated with it, and its
   * constants put into the hash of rows that it leaves out.
   */
  private static final UserDefinedFunction SAME =
      udf((UDF2<Long, Long, Boolean>) Long::equals, DataTypes.BooleanType).asNondeterministic();

  private final JobConfig config;
  private final SparkSession spark;
  private final InputFrame frame;
  private final Metrics metrics;
  private final Timings timings;
  private final StructType staged;
  private final int partitions;
  private final List<Dataset<Row>> kept = new ArrayList<>();

  FirstStep(
      JobConfig config, SparkSession spark, InputFrame frame, Metrics metrics, Timings timings) {
    this.config = config;
    this.spark = spark;
    this.frame = frame;
    this.metrics = metrics;
    this.timings = timings;
    this.staged = Staged.schema(frame.keepSchema());
    this.partitions =
        config.run().partitions() > 0
            ? config.run().partitions()
            : 3 * spark.sparkContext().defaultParallelism();
  }

  /**
   * Every record of the input, staged.
   *
   * @param rows kept
   * @param totals counted from them
   */
  record Taken(Dataset<Row> rows, Results.Totals totals, Census census) {}

  /** Settings of Spark that records of any length need, where the user gave none. */
  static void settings(SparkSession spark) {
    SparkConf given = spark.sparkContext().getConf();
    Map.of(
            // A columnar batch holds this many rows whole: 4096 rows of 1 MB each are no batch.
            "spark.sql.parquet.columnarReaderBatchSize", "64",
            "spark.sql.orc.columnarReaderBatchSize", "64",
            // What is kept is built so many rows at a time on the heap, 10,000 by default; Java's
            // streams hold on to spark.serializer.objectStreamReset such batches.
            "spark.sql.inMemoryColumnarStorage.batchSize", "16",
            // A small table of paths to large files is worth more than one task.
            "spark.sql.files.openCostInBytes", "65536")
        .forEach(
            (key, value) -> {
              if (!given.contains(key)) {
                spark.conf().set(key, value);
              }
            });
  }

  /**
   * Stages the input.
   *
   * @param step input rows to rows of {@link Staged#schema}
   * @param name of the step, for the timings
   * @throws Problems.Refused for duplicate ids, where the job wants that; for a file of the input
   *     that can't be read
   */
  Taken take(MapPartitionsFunction<Row, Row> step, String name) {
    return take(frame.projected(), null, 0, step, name);
  }

  /**
   * Stages some of the input.
   *
   * @param projected those rows
   * @param counted of them, where no id stands twice among them; null to look for such
   * @param known records that the step may tell to be known
   */
  Taken take(
      Dataset<Row> projected,
      @Nullable Census counted,
      long known,
      MapPartitionsFunction<Row, Row> step,
      String name) {
    return read(() -> taken(projected, counted, known, step, name));
  }

  /**
   * The content hashes of records.
   *
   * @param projected their rows
   * @throws Problems.Refused as {@link #take}
   */
  KeyTable keys(Dataset<Row> projected, ContentKeys step) {
    return read(() -> hashed(projected, step));
  }

  private KeyTable hashed(Dataset<Row> projected, ContentKeys step) {
    long start = System.nanoTime();
    InputRows input = input(projected);
    InputRows.Arranged arranged = input.arranged(0);
    Dataset<Row> rows =
        keep(
            arranged
                .rows()
                .mapPartitions(step, Encoders.row(ContentKeys.schema(frame.keepSchema()))));
    KeyTable keys = KeyTable.of(rows, config.part() != null);
    arranged.requireUnchanged();
    input.refuse(keys.census(), keys.rows().select("id"));
    timings.since("keys", start);
    return keys;
  }

  private InputRows input(Dataset<Row> projected) {
    Cluster cluster = new Cluster(spark);
    int tasks = cluster.local() ? (int) cluster.tasks() : 0;
    return new InputRows(config, projected, partitions, tasks);
  }

  private static <T> T read(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (Exception e) {
      Optional<String> unreadable = UnreadableFile.sentence(e);
      if (unreadable.isPresent()) {
        Problems.Refused refused = new Problems.Refused(List.of(unreadable.get()));
        refused.initCause(e);
        throw refused;
      }
      throw e;
    }
  }

  private Taken taken(
      Dataset<Row> projected,
      @Nullable Census counted,
      long known,
      MapPartitionsFunction<Row, Row> step,
      String name) {
    InputRows input = input(projected);
    Census census = counted == null && input.censusFirst() ? census(input) : counted;
    long start = System.nanoTime();
    Dataset<Row> rows;
    Results.Totals totals;
    InputRows.Arranged arranged = input.arranged(known);
    long records = census == null ? 0 : census.records();
    boolean parts = config.part() != null;
    boolean rowsAreRecords = arranged.shuffled() && !parts;
    try (Progress progress = new Progress(spark, metrics, records, rowsAreRecords, System.err)) {
      rows = keep(map(arranged.rows(), step));
      totals =
          census == null && !parts
              ? Results.countWithDuplicates(rows, partitions)
              : Results.count(rows);
    }
    arranged.requireUnchanged();
    if (census == null) {
      census = Census.of(totals);
      if (census.duplicateIds() > 0) {
        input.refuse(census, ids(rows));
        rows = keep(withoutDuplicates(rows, census, input, step));
        totals = Results.count(rows);
      }
    }
    timings.since(name, start);
    return new Taken(rows, totals, census);
  }

  private Census census(InputRows input) {
    long start = System.nanoTime();
    Census census = input.census();
    timings.since("census", start);
    return census;
  }

  /**
   * Which ids occur more than once is known when all are staged: their records are taken out again,
   * and their rows, read once more, are quarantined unread.
   */
  private Dataset<Row> withoutDuplicates(
      Dataset<Row> all, Census census, InputRows input, MapPartitionsFunction<Row, Row> step) {
    long number = census.duplicateIds();
    Dataset<Row> ids = Census.duplicates(ids(all));
    Dataset<Row> told =
        map(input.duplicates(ids, number), step).filter(not(Staged.Kind.READ.holds()));
    return InputRows.others(all, ids, number).union(told);
  }

  /** One row per staged record. */
  private static Dataset<Row> ids(Dataset<Row> staged) {
    return staged.filter(not(Staged.Kind.PIECE.holds())).select("id");
  }

  /** No staged rows. */
  Dataset<Row> none() {
    return spark.createDataFrame(List.of(), staged);
  }

  /** Partitions of the steps. */
  int partitions() {
    return partitions;
  }

  Dataset<Row> map(Dataset<Row> rows, MapPartitionsFunction<Row, Row> step) {
    return rows.mapPartitions(step, Encoders.row(staged));
  }

  /**
   * On the executors' disks, until this is closed. Each row has its checksum with it, which every
   * reading compares: what a disk gives back is not always what it was given. A filter that
   * compares a column with a constant must be a function: Spark puts the constant of an expression
   * into the checksum, too, and takes rows of other values for damaged.
   */
  Dataset<Row> keep(Dataset<Row> rows) {
    StructType schema = rows.schema();
    Column hash = RowSums.hash(schema, List.of(schema.fieldNames()));
    Dataset<Row> persisted = rows.withColumn(CHECKSUM, hash).persist(StorageLevel.DISK_ONLY());
    kept.add(persisted);
    String first = schema.fieldNames()[0];
    Column right = SAME.apply(col(CHECKSUM), hash);
    Column checked =
        when(right, col(first))
            .otherwise(raise_error(lit(Damage.ROW)).cast(schema.fields()[0].dataType()));
    return persisted.withColumn(first, checked).drop(CHECKSUM);
  }

  /** As {@link #keep}, of what a shuffle made, in no more partitions than the steps have. */
  Dataset<Row> keepFew(Dataset<Row> rows) {
    return keep(rows.coalesce(partitions));
  }

  @Override
  public void close() {
    kept.forEach(d -> d.unpersist(false));
    kept.clear();
  }
}
