package tributary.spark.learn;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import tributary.base.Closing;
import tributary.base.Invalid;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.learn.BatchOrder;
import tributary.learn.RecordRanks;
import tributary.model.ModelConfig;
import tributary.spark.TokenizedTable;
import tributary.spark.TokenizedTable.Carried;
import tributary.write.RunManifest;

/**
 * Any table that `fuse` reads, to learn from: its good records as tokens, in an order that does not
 * depend on partitions, dealt out to gradient shards. On the driver; until it is closed, the tokens
 * are kept on the executors' disks.
 *
 * <p>Record of rank r is of shard r mod S; see {@link RecordRanks}. What can't be decoded is
 * quarantined and counted as `fuse` does it.
 */
public final class TrainingTable implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("tributary");

  /** Classes that can be learnt to tell apart. */
  static final int MOST_CLASSES = 10_000;

  private final Wanted wanted;
  private final TokenizedTable tokens;
  private final Headers headers;
  private final Broadcast<RecordRanks> ranks;

  private TrainingTable(Wanted wanted, SparkSession spark, TokenizedTable tokens) {
    this.wanted = wanted;
    this.tokens = tokens;
    this.headers = Headers.of(tokens.rows(), wanted.seed(), wanted.validation().share());
    refuseNothing();
    this.ranks = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(headers.ranks());
  }

  /**
   * What to read.
   *
   * @param job of it what concerns the input counts, and the quarantine
   * @param model whose tokens are wanted
   * @param seed of the order and of the share held out
   * @param shards a power of two, whatever the number of tasks
   * @param labels columns that go along, as text; or expressions over columns
   * @param runId for the quarantine rows
   */
  public record Wanted(
      JobConfig job,
      ModelConfig model,
      long seed,
      int shards,
      Validation validation,
      List<String> labels,
      String runId) {
    public Wanted {
      if (shards < 1 || Integer.bitCount(shards) != 1) {
        throw Invalid.argument("shards", shards, "a power of two");
      }
      labels = List.copyOf(labels);
    }
  }

  /**
   * Reads and tokenizes the job's input, once; writes the quarantine table; logs {@link #warnings}.
   *
   * @throws Problems.Refused for what does not fit, and for a table with nothing to learn from
   * @throws tributary.write.BudgetExceeded where too many records are quarantined
   */
  public static TrainingTable read(Wanted wanted, SparkSession spark) {
    return read(wanted, spark, null);
  }

  /** Reads a given table instead of the job's input. */
  public static TrainingTable read(
      Wanted wanted, SparkSession spark, @Nullable Dataset<Row> given) {
    Carried carried = new Carried(wanted.labels(), wanted.validation().condition());
    TokenizedTable tokens =
        TokenizedTable.read(wanted.job(), wanted.model(), carried, spark, given);
    try {
      tokens.quarantine(wanted.runId());
      TrainingTable table = new TrainingTable(wanted, spark, tokens);
      table.warnings().forEach(w -> LOG.log(System.Logger.Level.WARNING, w));
      return table;
    } catch (RuntimeException e) {
      tokens.close();
      throw e;
    }
  }

  private void refuseNothing() {
    if (records() > 0) {
      if (modalities().values().stream().allMatch(m -> m.tokens() == 0)) {
        String all = number(records() + heldOut());
        throw new Problems.Refused(
            List.of(Invalid.text("input", all, "a token at least; every cell is null or empty")));
      }
      return;
    }
    RunManifest.Counts counts = counts();
    throw new Problems.Refused(
        List.of(
            heldOut() > 0
                ? Invalid.text(
                    "learn.validation",
                    wanted.validation().told(),
                    "leaves a record to learn from; it holds out all " + number(heldOut()))
                : Invalid.text(
                    "input",
                    number(counts.in()),
                    "at least 1 record to learn from; "
                        + counts.quarantined()
                        + " quarantined "
                        + counts.reasons())));
  }

  /** Records to learn from, at least 1. */
  public long records() {
    return headers.ranks().records();
  }

  /** Records held out. */
  public long heldOut() {
    return headers.ranks().heldOut();
  }

  /** The account of the whole table: in = out + quarantined; out are those of both parts. */
  public RunManifest.Counts counts() {
    return tokens.counts();
  }

  /** What both parts have of each modality of the model. */
  public SortedMap<String, ModalityCount> modalities() {
    SortedMap<String, ModalityCount> all = new TreeMap<>();
    wanted.model().modalities().keySet().forEach(m -> all.put(m, ModalityCount.NONE));
    all.putAll(headers.modalities());
    return Collections.unmodifiableSortedMap(all);
  }

  /**
   * What tells this content of a table from any other: 8 bytes, hex, of the ids, of who is held out
   * and of all tokens, whatever the order of the rows. Labels are no part of it.
   */
  String content() {
    return HexFormat.of().toHexDigits(headers.totals().content());
  }

  /**
   * Tokens that some record must show at least: of each modality a group, or all that it has.
   *
   * @param group tokens of a group
   * @param limit of what a record shows; where none is longer, nothing is counted, and it is 0
   */
  long needed(int group, long limit) {
    if (headers.totals().longest() <= limit) {
      return 0;
    }
    String own = "aggregate(map_values(tokens), 0L, (sum, n) -> sum + least(n, " + group + "L))";
    Row most = tokens.rows().filter(col("header")).select(expr("max(" + own + ")")).first();
    return most.isNullAt(0) ? 0 : most.getLong(0);
  }

  /** What there is to know before the run, a line each. */
  public List<String> warnings() {
    List<String> lines = new ArrayList<>();
    int shards = wanted.shards();
    if (records() == 1) {
      lines.add("One record to learn from: nothing tells it from others");
    }
    if (records() < shards) {
      lines.add(
          number(records())
              + " for "
              + shards
              + " gradient shards: those from "
              + records()
              + " on stay empty");
    }
    if (heldOut() == 0 && wanted.validation().share() > 0) {
      lines.add(
          "No record held out by validation "
              + wanted.validation().told()
              + " of "
              + number(records()));
    }
    long all = records() + heldOut();
    modalities()
        .forEach(
            (m, c) -> {
              if (c.records() == 0) {
                lines.add("Modality " + m + " is absent from all " + number(all));
              } else if (c.constant() && c.records() > 1) {
                lines.add(
                    "Modality "
                        + m
                        + " is constant: the same tokens in all "
                        + c.records()
                        + " records that have it, of "
                        + all);
              }
            });
    return lines;
  }

  private static String number(long records) {
    return records + (records == 1 ? " record" : " records");
  }

  /**
   * The classes that a label column names.
   *
   * @param names sorted
   * @param content a sum over which record has which, in any order
   */
  public record Classes(List<String> names, long content) {}

  /**
   * The classes that a label column names, of both parts, sorted.
   *
   * @throws Problems.Refused for fewer than two, for more than {@link #MOST_CLASSES}, and where all
   *     records that have one are held out
   */
  public Classes classes(String label) {
    int place = wanted.labels().indexOf(label);
    Dataset<Row> named =
        tokens
            .rows()
            .filter(col("header"))
            .select(col("id"), col("labels").getItem(place).as("class"))
            .filter(col("class").isNotNull());
    List<String> classes =
        named
            .select("class")
            .distinct()
            .limit(MOST_CLASSES + 1)
            .as(Encoders.STRING())
            .collectAsList();
    if (classes.size() < 2 || classes.size() > MOST_CLASSES) {
      String found = classes.size() > MOST_CLASSES ? "more" : classes.toString();
      throw new Problems.Refused(
          List.of(
              Invalid.text(
                  "learn.label",
                  label,
                  "2 to " + MOST_CLASSES + " classes to tell apart; the column has " + found)));
    }
    if (named.filter(place().bitwiseAND(1).equalTo(0)).isEmpty()) {
      String rule = "a record to learn from that has one; all that do are held out by ";
      throw new Problems.Refused(
          List.of(Invalid.text("learn.label", label, rule + wanted.validation().told())));
    }
    long content = named.select(expr("bit_xor(xxhash64(id, class))")).first().getLong(0);
    return new Classes(classes.stream().sorted().toList(), content);
  }

  /**
   * The batches of this table.
   *
   * @param batch records per step
   * @throws Problems.Refused for a batch that the table can't fill
   */
  public BatchOrder order(int batch) {
    if (batch < 1 || batch > records()) {
      String most = "at most the table's " + number(records());
      String rule = heldOut() == 0 ? most : most + " to learn from; " + heldOut() + " held out";
      throw new Problems.Refused(
          List.of(Invalid.text("learn.batch", batch, batch < 1 ? "at least 1" : rule)));
    }
    return new BatchOrder(wanted.seed(), records(), wanted.shards(), batch);
  }

  /**
   * All records, one partition per task, each with the rows of its shards in order: what {@link
   * #take} takes. One shuffle, by shard; the rows of a barrier stage.
   *
   * @param tasks a power of two, at most the number of shards
   */
  public JavaRDD<Row> rows(int tasks) {
    refuse(tasks);
    int own = wanted.shards() / tasks;
    return tokens
        .rows()
        .withColumn("place", place())
        .filter(col("place").isNotNull())
        .select(
            expr("cast(shiftright(place, 1) % " + wanted.shards() + " as int)").as("shard"),
            col("place").bitwiseAND(1).equalTo(lit(1)).as("held_out"),
            expr("shiftright(place, 1)").as("rank"),
            col("header"),
            col("modality"),
            col("index"),
            col("id"),
            col("payload"),
            col("tokens"),
            col("labels"))
        .repartitionById(tasks, expr("cast(shard div " + own + " as int)"))
        .sortWithinPartitions(
            col("shard"),
            col("held_out"),
            col("rank"),
            col("header").desc(),
            col("modality"),
            col("index"))
        .javaRDD();
  }

  /** Of the column id: {@link #packed}. */
  private Column place() {
    Broadcast<RecordRanks> order = ranks;
    UserDefinedFunction place =
        udf(
            (UDF1<String, @Nullable Long>) id -> packed(order.value().place(id)),
            DataTypes.LongType);
    return place.apply(col("id"));
  }

  /** Rank and part as one number; null for an id that is not of the table. */
  private static @Nullable Long packed(RecordRanks.@Nullable Place place) {
    return place == null ? null : place.rank() << 1 | (place.heldOut() ? 1 : 0);
  }

  /** What makes records of a task's rows, in the task. */
  public TakeShards take(int tasks) {
    refuse(tasks);
    return new TakeShards(records(), heldOut(), wanted.shards(), tasks, wanted.labels());
  }

  private void refuse(int tasks) {
    if (tasks < 1 || Integer.bitCount(tasks) != 1 || tasks > wanted.shards()) {
      throw Invalid.argument(
          "tasks", tasks, "a power of two up to " + wanted.shards() + ", the gradient shards");
    }
  }

  @Override
  public void close() {
    Closing.all(ranks::destroy, tokens);
  }
}
