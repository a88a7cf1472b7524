package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import tributary.base.Reason;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;
import tributary.read.Digest;
import tributary.write.RunManifest;

/**
 * Whether only the changes of an input are read, and what the next run must know for that: a run
 * goes on from the one before only where all that decides on the output's rows is as it was then.
 * On the driver.
 */
final class ChangeReading {
  private static final System.Logger LOG = System.getLogger("tributary");

  /** To be raised where the rows of the same job become others. */
  private static final int VERSION = 1;

  /** With these, Spark reads a feed whose files are gone as one without changes. */
  private static final List<String> LENIENT =
      List.of("spark.sql.files.ignoreMissingFiles", "spark.sql.files.ignoreCorruptFiles");

  private final JobConfig config;
  private final SparkSession spark;
  private final Prepared prepared;

  ChangeReading(JobConfig config, SparkSession spark, Prepared prepared) {
    this.config = config;
    this.spark = spark;
    this.prepared = prepared;
  }

  /**
   * The records that changed.
   *
   * @param turn knows what the run before says of its reading
   * @param first keeps what is read more than once
   * @return none where all is to be read, which a line of the log says
   */
  Optional<ChangedRecords> records(Turn turn, FirstStep first) {
    Optional<VersionedInput> version = prepared.frame().version();
    if (version.isEmpty()) {
      return Optional.empty();
    }
    Optional<RunManifest.Read> last = turn.last().map(RunManifest::read);
    Optional<String> why =
        last.map(this::other).orElse(Optional.of("no run before tells its version"));
    if (why.isEmpty()) {
      String since = last.orElseThrow().version();
      try {
        String remembered = version.get().memory().isEmpty() ? "" : turn.remembered(since);
        return Optional.of(changed(version.get(), since, remembered, first));
      } catch (Exception e) {
        why = Optional.of("changes since version " + since + " can't be had: " + Reason.of(e));
      }
    }
    LOG.log(
        System.Logger.Level.INFO, "The whole input is read, not only its changes: {0}", why.get());
    return Optional.empty();
  }

  /**
   * The run before, where this one could only find what that one found: input, output, model and
   * configuration are the same, and no record was quarantined that another try may read.
   *
   * @param runId of this one
   */
  Optional<RunManifest> nothingNew(Turn turn, String runId) {
    Optional<VersionedInput> version = prepared.frame().version();
    if (!config.input().changes() || version.filter(VersionedInput::isSettled).isEmpty()) {
      return Optional.empty();
    }
    return turn.last()
        .filter(last -> last.runId().equals(runId))
        .filter(
            last -> {
              RunManifest.Read read = last.read();
              return read != null
                  && read.settled()
                  && read.version().equals(version.get().version())
                  && other(read).isEmpty();
            });
  }

  /** What is another than it was for the run before. */
  private Optional<String> other(RunManifest.Read last) {
    Optional<String> lenient = LENIENT.stream().filter(this::isOn).findFirst();
    if (lenient.isPresent()) {
      return Optional.of(lenient.get() + " would hide changes whose files are gone");
    }
    if (InputRows.dropsRows(config.input())) {
      return Optional.of("rows are dropped for what is in any of their columns");
    }
    if (last.job().isEmpty()) {
      return Optional.of("the run before appended to the output");
    }
    if (!last.job().equals(job())) {
      return Optional.of(
          "the model, the recipe, the columns or what the job reads are others than in the run before");
    }
    if (!last.exact() && config.output().deletes() == Sink.Deletes.REMOVE) {
      return Optional.of("runs before kept rows of records that were deleted");
    }
    if (!last.output().equals(left(config.output().path(), config.quarantine().path()))) {
      return Optional.of("the output or the quarantine are not as the run before left them");
    }
    return Optional.empty();
  }

  private boolean isOn(String setting) {
    String option = setting.substring(setting.lastIndexOf('.') + 1);
    return Boolean.parseBoolean(spark.conf().get(setting))
        || config.input().options().entrySet().stream()
            .anyMatch(
                o -> o.getKey().equalsIgnoreCase(option) && Boolean.parseBoolean(o.getValue()));
  }

  private ChangedRecords changed(
      VersionedInput version, String since, String remembered, FirstStep first) {
    Problems problems = new Problems();
    Optional<InputTable> feed =
        new InputTable(version.changes(since, remembered, config.part() != null))
            .where(config.input().where(), problems);
    InputFrame frame = prepared.frame();
    List<Column> columns = new ArrayList<>();
    feed.ifPresent(
        table -> {
          InputChecks.Checked checked =
              InputChecks.check(spark, table, config, prepared.model().config(), problems);
          columns.addAll(Arrays.asList(InputFrame.projection(config, table, checked.columns())));
        });
    problems.refuse();
    columns.add(col(VersionedInput.ADDED));
    columns.add(col(VersionedInput.AT));
    Dataset<Row> changes = feed.orElseThrow().rows().select(columns.toArray(new Column[0]));
    StructType types = frame.projected().schema();
    for (StructField field : types.fields()) {
      DataType now = changes.schema().apply(field.name()).dataType();
      if (!now.catalogString().equals(field.dataType().catalogString())) {
        throw new IllegalStateException(
            "Cannot read " + field.name() + " as " + field.dataType().catalogString());
      }
    }
    ChangedRecords records =
        ChangedRecords.of(
            since,
            frame.projected(),
            changes,
            quarantined(),
            version.tellsRemoved() ? Optional.empty() : Existing.ids(spark, config.output()),
            config.part() != null,
            first::keepFew);
    LOG.log(
        System.Logger.Level.INFO,
        "{0} of {1} records are looked at: what changed from version {2} to {3}, and what was quarantined",
        records.number(),
        records.inputRecords(),
        since,
        version.version());
    return records;
  }

  private Dataset<Row> quarantined() {
    StructType wanted = new StructType().add("id", "string");
    Sink sink = config.quarantine();
    // JSON of no rows has no columns, and so is no table.
    return Existing.table(spark, sink, wanted)
        .or(
            () ->
                Existing.isText(sink) && Sinks.exists(spark, sink)
                    ? Optional.of(spark.createDataFrame(List.of(), wanted))
                    : Optional.empty())
        .orElseThrow(() -> new IllegalStateException("Cannot find the quarantine"))
        .select(col("id").cast("string").as("id"));
  }

  /**
   * What the run's reading was; none of an input without versions.
   *
   * @param since the version whose changes were read; null of the whole input
   * @param left as {@link #left} gives it; empty where it is not known
   * @param settled whether another try would find the same
   */
  Optional<RunManifest.Read> read(Optional<String> since, String left, boolean settled) {
    Sink output = config.output();
    boolean exact = output.mode() != Sink.Mode.MERGE || output.deletes() == Sink.Deletes.REMOVE;
    return prepared
        .frame()
        .version()
        .map(
            v ->
                new RunManifest.Read(
                    v.version(),
                    since.orElse(null),
                    output.mode() == Sink.Mode.APPEND ? "" : job(),
                    exact,
                    left,
                    settled));
  }

  /** All that decides which rows the output has of which records. */
  private String job() {
    VersionedInput version = prepared.frame().version().orElseThrow();
    JobConfig.Source source = config.input();
    Digest digest = new Digest().number(VERSION);
    digest.text(prepared.modelHash()).text(prepared.recipeHash()).text(version.identity());
    digest.text(String.valueOf(source.path())).text(String.valueOf(source.table()));
    new TreeMap<>(source.options()).forEach((k, v) -> digest.text(k).text(v));
    digest.text(String.valueOf(source.schema())).text(String.valueOf(source.where()));
    digest.text(config.id()).text(String.valueOf(config.part()));
    config.keep().forEach(digest::text);
    new TreeMap<>(config.modalities()).forEach((k, v) -> digest.text(k).text(v.toString()));
    digest.text(prepared.frame().projected().schema().json());
    for (String key : List.of("spark.sql.session.timeZone", "spark.sql.ansi.enabled")) {
      digest.text(spark.conf().get(key));
    }
    return digest.hex();
  }

  /**
   * What tells output and quarantine from any other that were put in their places.
   *
   * @param output where the output's files are
   * @param quarantine where the quarantine's are
   */
  String left(String output, String quarantine) {
    return new Digest()
        .text(TableState.of(spark, config.output(), output))
        .text(TableState.of(spark, config.quarantine(), quarantine))
        .hex();
  }
}
