package tributary.config;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Precision;

/**
 * One run of `fuse`: what to read, which model, where to write. Lives on the driver; tasks get the
 * few values they need.
 *
 * @param id name of the id column, or an expression: a text, number, time or bytes
 * @param part name of the column that orders the rows of one id; null where a record is one row
 * @param modalities columns by the model's modality names; a modality of the model that is not
 *     named here is absent from every record
 * @param keep columns of the input that are carried to the output unchanged (from the first part of
 *     a record)
 * @param kernels auto, cpu, cuda or java
 * @param precision of the products with weights
 * @param codecs the processes that decode what isn't decoded here
 */
public record JobConfig(
    ModelSource model,
    Source input,
    String id,
    @Nullable String part,
    Map<String, Column> modalities,
    List<String> keep,
    Sink output,
    Sink quarantine,
    String manifest,
    Errors errors,
    String kernels,
    Precision precision,
    Run run,
    Codecs codecs) {
  /** With other columns that are carried along. */
  public JobConfig keeping(List<String> columns) {
    return with(columns, quarantine);
  }

  /** With another place for what can't be decoded. */
  public JobConfig quarantining(Sink to) {
    return with(keep, to);
  }

  private JobConfig with(List<String> columns, Sink undecoded) {
    return new JobConfig(
        model,
        input,
        id,
        part,
        modalities,
        columns,
        output,
        undecoded,
        manifest,
        errors,
        kernels,
        precision,
        run,
        codecs);
  }

  /**
   * Where the model comes from: a directory (`path`), or random weights made from a configuration
   * file (`init`) with `seed`.
   */
  public record ModelSource(@Nullable String path, @Nullable String init, long seed) {}

  /**
   * What `spark.read().format(format).options(options).load(path)` reads, or a table of a catalog,
   * or what a query gives: one of path, table and query at most. Format `synthetic` makes records
   * here (options records, seed, long, missing, bad).
   *
   * @param format empty where a table or a query tells it
   * @param schema DDL of the columns for formats that carry none (csv, json); null to take the
   *     format's own
   * @param where condition over the columns; null for all rows
   * @param table name in a catalog
   * @param query in SQL
   * @param changes whether only what changed since the last run is read, of a table with versions
   */
  public record Source(
      String format,
      @Nullable String path,
      Map<String, String> options,
      @Nullable String schema,
      @Nullable String where,
      @Nullable String table,
      @Nullable String query,
      boolean changes) {
    /** Of a path, or of no place. */
    public Source(
        String format,
        @Nullable String path,
        Map<String, String> options,
        @Nullable String schema,
        @Nullable String where) {
      this(format, path, options, schema, where, null, null, false);
    }

    /** All rows. */
    public Source(
        String format,
        @Nullable String path,
        Map<String, String> options,
        @Nullable String schema) {
      this(format, path, options, schema, null);
    }

    /** As a person names it. */
    public String named() {
      return query != null
          ? "query " + query
          : table != null ? "table " + table : path != null ? format + " " + path : format;
    }
  }

  /**
   * Where a modality's payload is.
   *
   * @param from VALUE: the cell holds the payload; PATH: the cell holds a path, absolute or
   *     relative to `base` (default: the folder of the input)
   * @param rate for sound given as array of float: samples a second, a number or the name of a
   *     column
   * @param maxTokens tokens of a record beyond this many are left out, counted and marked in the
   *     row; 0 for no limit
   */
  public record Column(
      String column, From from, @Nullable String base, @Nullable String rate, long maxTokens) {
    /** What a cell holds. */
    public enum From {
      VALUE,
      PATH
    }
  }

  /**
   * Where a table goes: `write().format(format).options(options).save(path)`.
   *
   * @param path of the table, or its name
   * @param deletes what becomes of rows that the input has no more, in mode merge
   * @param isNamed whether the table is one of a catalog, of that name
   */
  public record Sink(
      String format,
      String path,
      Mode mode,
      Map<String, String> options,
      Deletes deletes,
      boolean isNamed) {
    /** By its path. */
    public Sink(
        String format, String path, Mode mode, Map<String, String> options, Deletes deletes) {
      this(format, path, mode, options, deletes, false);
    }

    /** The last part of the key that says where: output.path or output.table. */
    public String place() {
      return isNamed ? "table" : "path";
    }

    /** What the input has no more stays. */
    public Sink(String format, String path, Mode mode, Map<String, String> options) {
      this(format, path, mode, options, Deletes.KEEP);
    }

    /** What happens where there is something already. */
    public enum Mode {
      ERROR,
      OVERWRITE,
      APPEND,
      MERGE
    }

    /** What becomes of rows whose ids the input has no more. */
    public enum Deletes {
      KEEP,
      REMOVE
    }
  }

  /**
   * The error budget.
   *
   * @param maxFraction quarantined records over all records; above it the run ends with exit code 3
   *     and writes no output table
   * @param duplicates what happens to records whose id occurs more than once: all of them
   *     quarantined, or the run refused
   */
  public record Errors(double maxFraction, Duplicates duplicates) {
    /** Policies for an id that occurs more than once. */
    public enum Duplicates {
      QUARANTINE,
      FAIL
    }
  }

  /**
   * How the work is cut; none of it changes a bit of the result.
   *
   * @param partitions partitions of the encode and merge steps; 0: three for every core that Spark
   *     reports
   * @param batchBytes bytes of tokens and latents that a task holds at once
   * @param spreadTokens a record with more tokens than this in one modality is cut and spread over
   *     the tasks
   * @param threads BLAS threads a task; 0: spark.task.cpus
   * @param checkpoint folder of finished records that a run which is started again goes on from;
   *     null for none
   * @param keepRoots whether what each modality comes to is kept beside the output, for later runs
   *     in which other modalities have changed
   */
  public record Run(
      int partitions,
      long batchBytes,
      long spreadTokens,
      int threads,
      @Nullable String checkpoint,
      boolean keepRoots) {
    /** Keeps nothing for other runs. */
    public Run(int partitions, long batchBytes, long spreadTokens, int threads) {
      this(partitions, batchBytes, spreadTokens, threads, null, false);
    }
  }

  /**
   * What one payload may take of a process that decodes it (MP3, MP4, HEIC, ...).
   *
   * @param enabled whether there are such processes at all
   * @param seconds of processor time in all, and of waiting for one answer
   * @param memory MiB beside its Java
   * @param output bytes of samples and pixels
   */
  public record Codecs(boolean enabled, int seconds, int memory, long output)
      implements Serializable {
    /** As conf/defaults.yaml has them. */
    public static final Codecs DEFAULT = new Codecs(true, 300, 1024, 1L << 36);
  }
}
