package tributary.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.model.ModelConfig;
import tributary.model.ModelJson;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * The records of a job's input as tokens, each read and tokenized once, with the readers,
 * tokenizers, quarantine and account of {@link FuseJob}: what other jobs than that build on. On the
 * driver; the rows are kept on the executors' disks until it is closed.
 */
public final class TokenizedTable implements AutoCloseable {
  private static final DataType STRINGS = DataTypes.createArrayType(DataTypes.StringType);

  private final JobConfig config;
  private final Carried carried;
  private final FirstStep first;
  private final FirstStep.Taken taken;

  private TokenizedTable(
      JobConfig config, Carried carried, FirstStep first, FirstStep.Taken taken) {
    this.config = config;
    this.carried = carried;
    this.first = first;
    this.taken = taken;
  }

  /**
   * What goes with each record besides its tokens, from its first row: columns, or expressions over
   * them.
   *
   * @param labels as text
   * @param heldOut a condition; null for none
   */
  public record Carried(List<String> labels, @Nullable String heldOut) {
    private List<String> all() {
      Set<String> all = new LinkedHashSet<>(labels);
      if (heldOut != null) {
        all.add(heldOut);
      }
      return List.copyOf(all);
    }
  }

  /**
   * Reads and tokenizes a job's input. Of the job only what concerns the input counts: input, id,
   * part, modalities, quarantine, errors, run.partitions.
   *
   * @param given a table to read instead of config.input; null for that
   * @throws Problems.Refused for all that can be known before, together; for duplicate ids, where
   *     the job wants that
   */
  public static TokenizedTable read(
      JobConfig config,
      ModelConfig model,
      Carried carried,
      SparkSession spark,
      @Nullable Dataset<Row> given) {
    FirstStep.settings(spark);
    InputFrame frame = frame(config, model, carried, spark, given);
    Metrics metrics = new Metrics(spark.sparkContext());
    FirstStep first = new FirstStep(config, spark, frame, metrics, new Timings());
    try {
      TokenizeRecords step =
          new TokenizeRecords(frame.reading(config, 0, 0), ModelJson.canonical(model), metrics);
      return new TokenizedTable(config, carried, first, first.take(step, "tokenize"));
    } catch (RuntimeException e) {
      first.close();
      throw e;
    }
  }

  private static InputFrame frame(
      JobConfig config,
      ModelConfig model,
      Carried carried,
      SparkSession spark,
      @Nullable Dataset<Row> given) {
    Problems problems = new Problems();
    Optional<InputTable> table =
        given != null
            ? Optional.of(new InputTable(given))
            : InputTable.open(spark, config.input(), problems);
    table.ifPresent(t -> check(t, carried, problems));
    JobConfig carrying = problems.none() ? config.keeping(carried.all()) : config;
    Optional<InputChecks.Checked> checked =
        table.map(t -> InputChecks.check(spark, t, carrying, model, problems));
    SinkPlaces.check(spark, "quarantine", config.quarantine(), false, problems);
    ExistingChecks.checkQuarantine(spark, config.quarantine(), problems);
    problems.refuse();
    return InputFrame.of(carrying, checked.orElseThrow());
  }

  private static void check(InputTable table, Carried carried, Problems problems) {
    for (String label : carried.labels()) {
      if (table.type(label).isEmpty()) {
        table.unknown("learn.label", label, problems);
      } else {
        steady(table, "learn.label", label, problems);
      }
    }
    String condition = carried.heldOut();
    if (condition != null) {
      Optional<DataType> type = table.type(condition);
      if (type.isEmpty()) {
        table.unknown("learn.validation", condition, problems);
      } else if (!type.get().equals(DataTypes.BooleanType)) {
        problems.invalid(
            "learn.validation",
            condition + " of type " + type.get().simpleString(),
            "a share from 0 to below 1, or a condition over the columns of the input");
      } else {
        steady(table, "learn.validation", condition, problems);
      }
    }
  }

  /** A run that is started again must find what it found. */
  private static void steady(InputTable table, String key, String name, Problems problems) {
    table
        .unsteady(name)
        .ifPresent(
            f ->
                problems.invalid(
                    key,
                    name,
                    f
                        + " gives other values at each reading; no run"
                        + " could go on from its checkpoints"));
  }

  /**
   * The good records, in pieces, in no order: for each record one row that is its header, and one
   * row per piece. Pieces whose id no header has are of no record.
   *
   * <pre>
   * id string | header boolean
   * of a header: tokens map of modality to number | labels array of string | held_out boolean | payload binary, its sums
   * of a piece:  modality string | index bigint | payload binary, as split.SubsequenceBytes has it
   * </pre>
   *
   * A header's payload has 8 bytes per present modality, in the order of their names: the start of
   * a SHA-256 of its tokens. The pieces of a modality are numbered from 0 and all but the last are
   * of one length.
   */
  public Dataset<Row> rows() {
    Column header = Staged.Kind.HEADER.holds();
    List<Column> labels = new ArrayList<>();
    carried.labels().forEach(l -> labels.add(col("keep").getField(l).cast(DataTypes.StringType)));
    String condition = carried.heldOut();
    Column heldOut = condition == null ? lit(false) : col("keep").getField(condition);
    return taken
        .rows()
        .filter(header.or(Staged.Kind.PIECE.holds()))
        .select(
            col("id"),
            header.as("header"),
            col("modality"),
            col("index"),
            col("payload"),
            col("tokens"),
            array(labels.toArray(new Column[0])).cast(STRINGS).as("labels"),
            coalesce(heldOut, lit(false)).as("held_out"));
  }

  /**
   * The account: out are the records that can be learned from.
   *
   * @throws IllegalStateException if it does not add up, for the input changed while it was read
   */
  public RunManifest.Counts counts() {
    Results.Totals totals = taken.totals();
    return new RunManifest.Counts(
        taken.census().rows(),
        taken.census().records(),
        totals.headers(),
        0,
        totals.quarantined(),
        0,
        totals.reasons());
  }

  /**
   * Writes the quarantine table, then holds the error budget.
   *
   * @param runId the column run_id
   * @throws BudgetExceeded where too many records are quarantined, after the table is written
   */
  public void quarantine(String runId) {
    RunManifest.Counts counts = counts();
    Sinks.quarantine(taken.rows(), runId, config.quarantine());
    double most = config.errors().maxFraction();
    if (counts.quarantined() > most * counts.in()) {
      throw new BudgetExceeded(counts, most, config.quarantine().path());
    }
  }

  @Override
  public void close() {
    first.close();
  }
}
