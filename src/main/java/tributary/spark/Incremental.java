package tributary.spark;

import static org.apache.spark.sql.functions.broadcast;

import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;

/**
 * All records of an input, of which those are not encoded that are in the output or in a checkpoint
 * already. What is known is sent to the tasks, which tell it on the way through the input; where
 * that is too much, or a record may be several rows, the input is read twice: for its content
 * hashes first. On the driver.
 */
final class Incremental {
  private static final System.Logger LOG = System.getLogger("tributary");

  /** So many records' kept columns are small enough to be sent to every task. */
  private static final long FEW = 100_000;

  private final JobConfig config;
  private final SparkSession spark;
  private final Prepared prepared;
  private final FirstStep first;
  private final Optional<Checkpoint> checkpoint;
  private final Metrics metrics;
  private final Timings timings;

  /** What encodes records. */
  interface Encoding {
    /**
     * Encodes those that are not known.
     *
     * @param known null for none
     * @param input rows
     * @param counted see {@link FirstStep#take}
     */
    FusedRecords of(
        @Nullable Broadcast<long[][]> known, Dataset<Row> input, @Nullable Census counted);
  }

  Incremental(
      JobConfig config,
      SparkSession spark,
      Prepared prepared,
      FirstStep first,
      Optional<Checkpoint> checkpoint,
      Metrics metrics,
      Timings timings) {
    this.config = config;
    this.spark = spark;
    this.prepared = prepared;
    this.first = first;
    this.checkpoint = checkpoint;
    this.metrics = metrics;
    this.timings = timings;
  }

  /**
   * Gives all records of the input.
   *
   * @param turn of the run
   * @param reading how rows are records
   * @param encoding of those that are not known
   */
  FusedRecords fuse(Turn turn, TaskPlan.Reading reading, Encoding encoding) {
    Optional<Dataset<Row>> table = table();
    Optional<Dataset<Row>> portions = checkpoint.flatMap(c -> c.rows(first.partitions(), metrics));
    if (table.isEmpty() && portions.isEmpty()) {
      return encoding.of(null, prepared.frame().projected(), null);
    }
    Optional<ChangedRecords> changed = table.flatMap(t -> changed(turn));
    if (changed.filter(ChangedRecords::isEmpty).isPresent()) {
      return nothing(changed.get(), table.get());
    }
    Optional<KnownIndex.Made> index =
        config.part() == null ? index(table, portions) : Optional.empty();
    if (index.isPresent()) {
      return atOnce(encoding, index.get(), table, changed);
    }
    Optional<Dataset<Row>> finished = portions.map(Checkpoint::once).map(first::keepFew);
    Dataset<Row> input = input(changed);
    KeyTable keys = first.keys(input, new ContentKeys(reading));
    requireKept(table, changed.map(ChangedRecords::inputRecords).orElse(keys.census().records()));
    Dataset<Row> none = first.none();
    Dataset<Row> output = table.map(this::known).orElseGet(() -> none.select("id", "input_hash"));
    KnownRecords known = KnownRecords.of(keys, output, finished.orElse(none), first::keepFew);
    LOG.log(
        System.Logger.Level.INFO,
        "{0} of {1} records are in the output as they are now, {2} more in the checkpoint",
        known.unchangedRecords(),
        keys.census().records(),
        known.resumedRecords());
    FusedRecords fused = known.with(others(encoding, known, input), output, first::keepFew);
    return changed.map(c -> c.with(fused, output)).orElse(fused);
  }

  /** No record is looked at. */
  private FusedRecords nothing(ChangedRecords changed, Dataset<Row> table) {
    requireKept(Optional.of(table), changed.inputRecords());
    Dataset<Row> none = first.none();
    FusedRecords.Unchanged unchanged =
        new FusedRecords.Unchanged(none.select("id", "input_hash", "keep"), 0);
    FusedRecords fused =
        new FusedRecords(none, Results.Totals.NONE, new Census(0, 0, 0), 0, Optional.of(unchanged));
    return changed.with(fused, known(table));
  }

  /** The rows that are read. */
  private Dataset<Row> input(Optional<ChangedRecords> changed) {
    return changed.map(ChangedRecords::rows).orElseGet(() -> prepared.frame().projected());
  }

  /** Id and input_hash of the output's rows of this model and recipe. */
  private Dataset<Row> known(Dataset<Row> table) {
    return Existing.known(table, prepared.modelHash(), prepared.recipeHash());
  }

  /** An input of no records leaves nothing, where what is not in it goes. */
  private void requireKept(Optional<Dataset<Row>> table, long records) {
    if (table.isPresent() && records == 0) {
      Existing.requireKept(spark, config.output(), wanted());
    }
  }

  private Optional<ChangedRecords> changed(Turn turn) {
    if (!config.input().changes()) {
      return Optional.empty();
    }
    long start = System.nanoTime();
    Optional<ChangedRecords> changed =
        new ChangeReading(config, spark, prepared).records(turn, first);
    changed.ifPresent(c -> timings.since("changes", start));
    return changed;
  }

  /** What is known, where that is little enough to be sent to every task. */
  private Optional<KnownIndex.Made> index(
      Optional<Dataset<Row>> table, Optional<Dataset<Row>> finished) {
    long start = System.nanoTime();
    Optional<Dataset<Row>> output =
        table.map(
            t ->
                Existing.index(
                    t,
                    prepared.modelHash(),
                    prepared.recipeHash(),
                    prepared.frame().keepSchema(),
                    config.keep()));
    long most =
        rows(table, Existing.isSmall(spark, config.output()))
            + rows(finished, checkpoint.filter(c -> !c.isSmall()).isEmpty());
    if (most > KnownIndex.MOST) {
      return Optional.empty();
    }
    KnownIndex.Made made = KnownIndex.of(output, finished);
    timings.since("keys", start);
    return Optional.of(made);
  }

  /** Counted only where there may be many. */
  private static long rows(Optional<Dataset<Row>> table, boolean few) {
    return few ? 0 : table.map(Dataset::count).orElse(0L);
  }

  /** Reads the input once: what is known of it is told from what must be encoded on the way. */
  private FusedRecords atOnce(
      Encoding encoding,
      KnownIndex.Made known,
      Optional<Dataset<Row>> table,
      Optional<ChangedRecords> changed) {
    Broadcast<long[][]> index =
        new JavaSparkContext(spark.sparkContext()).broadcast(known.index().columns());
    Census counted = changed.flatMap(ChangedRecords::counted).orElse(null);
    FusedRecords fused = encoding.of(index, input(changed), counted);
    Results.Totals totals = fused.totals();
    requireKept(table, changed.map(ChangedRecords::inputRecords).orElse(fused.census().records()));
    LOG.log(
        System.Logger.Level.INFO,
        "{0} of {1} records are in the output as they are now, {2} more in the checkpoint",
        totals.unchanged(),
        fused.census().records(),
        totals.resumed());
    Dataset<Row> rows = fused.rows();
    if (totals.resumed() > 0) {
      Dataset<Row> keys =
          rows.filter(Staged.Kind.RESUMED.holds()).select("id", "input_hash", "keep");
      Dataset<Row> resumed =
          first.keepFew(
              KnownRecords.resumed(
                  totals.resumed() <= FEW ? broadcast(keys) : keys, again(known.repeated())));
      rows = rows.union(resumed);
      Results.Totals found = Results.count(resumed);
      if (found.done() + found.quarantined() != totals.resumed()) {
        throw new Damage.RowsMissing(
            "Cannot go on from the checkpoint: of %d records that were in it %d are found"
                .formatted(totals.resumed(), found.done() + found.quarantined()));
      }
      totals = totals.plus(found);
    }
    Dataset<Row> unchanged =
        fused
            .rows()
            .filter(Staged.Kind.UNCHANGED.holds())
            .select("id", "input_hash", "keep", "index");
    FusedRecords all =
        new FusedRecords(
            rows,
            totals,
            fused.census(),
            fused.spread(),
            Optional.of(
                new FusedRecords.Unchanged(
                    unchanged,
                    totals.unchanged(),
                    Optional.of(
                        new FusedRecords.Standing(
                            known.rows(), known.distinct(), totals.relabelled())))));
    return changed.flatMap(c -> table.map(t -> c.with(all, known(t)))).orElse(all);
  }

  /** The checkpoint's records, each once, read once more: that is less than to keep them. */
  private Dataset<Row> again(boolean repeated) {
    Dataset<Row> portions =
        checkpoint
            .flatMap(c -> c.rows(first.partitions(), null))
            .orElseThrow(() -> new Damage.RowsMissing("Cannot find the checkpoint any more"));
    return repeated ? Checkpoint.once(portions) : portions;
  }

  /** What the output has, where the run adds to it; none where nothing is there. */
  private Optional<Dataset<Row>> table() {
    if (!Existing.isAddedTo(config.output())) {
      return Optional.empty();
    }
    // Another run may have written it since preflight.
    Problems problems = new Problems();
    Optional<Dataset<Row>> table =
        ExistingChecks.checkColumns(spark, config.output(), wanted(), problems);
    problems.refuse();
    return table;
  }

  /** Columns of the run's rows. */
  private StructType wanted() {
    return Results.schema(first.none(), config.keep());
  }

  private FusedRecords others(Encoding encoding, KnownRecords known, Dataset<Row> input) {
    if (known.others() == 0) {
      Dataset<Row> none = first.none();
      return new FusedRecords(none, Results.Totals.NONE, known.keys().census(), 0);
    }
    boolean once = known.keys().census().duplicateIds() == 0;
    Census counted = once ? new Census(known.others(), known.others(), 0) : null;
    return encoding.of(null, known.others(input), counted);
  }
}
