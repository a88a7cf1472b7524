package tributary.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig.Column;
import tributary.config.JobConfig.Errors;
import tributary.config.JobConfig.Errors.Duplicates;
import tributary.config.JobConfig.ModelSource;
import tributary.config.JobConfig.Run;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfig.Source;
import tributary.tensor.Precision;

/**
 * A job for a test, which says what matters to it: otherwise the tiny model on the CPU over columns
 * named like the synthetic table's, any number of bad records, and all that is written below one
 * folder.
 */
public final class TestJob {
  /** The least job file that is one. */
  public static final String LEAST =
      """
      input: {format: parquet, path: in}
      modalities: {text: caption}
      output: {path: out}
      """;

  private static final String MODELS = "src/test/resources/models/";

  /** A model of six modalities that takes no time. */
  public static final String TINY = MODELS + "tiny.yaml";

  private final Path folder;
  private ModelSource model = new ModelSource(null, TINY, 7);
  private Source input = new Source("synthetic", null, Map.of("records", "10"), null);
  private String id = "id";
  private @Nullable String part;
  private Map<String, Column> columns = new LinkedHashMap<>();
  private List<String> keep = List.of();
  private Sink output;
  private Sink quarantine;
  private Errors errors = new Errors(1, Duplicates.QUARANTINE);
  private String kernels = "cpu";
  private Precision precision = Precision.FLOAT32;
  private Run run = new Run(0, 1 << 20, 1 << 16, 1);
  private JobConfig.Codecs codecs = JobConfig.Codecs.DEFAULT;

  private TestJob(Path folder) {
    this.folder = folder;
    this.output = sink(folder.resolve("out"));
    this.quarantine = sink(folder.resolve("quarantine"));
    columns("text", "caption", "image", "picture", "audio", "sound", "series", "sensors");
  }

  /** A job that writes below `folder`. */
  public static TestJob in(Path folder) {
    return new TestJob(folder);
  }

  /** Random weights for one of the tests' models, such as `tiny-hip`. */
  public TestJob model(String name, long seed) {
    return model(Path.of(MODELS + name + ".yaml"), seed);
  }

  /** Random weights for a configuration. */
  public TestJob model(Path configuration, long seed) {
    model = new ModelSource(null, configuration.toString(), seed);
    return this;
  }

  /** A model's folder. */
  public TestJob model(Path stored) {
    model = new ModelSource(stored.toString(), null, 0);
    return this;
  }

  /** What is read where the run gets no table. */
  public TestJob input(String format, Path path, Map<String, String> options) {
    return input(format, path, options, null);
  }

  public TestJob input(
      String format, Path path, Map<String, String> options, @Nullable String schema) {
    input = new Source(format, path.toString(), options, schema);
    return this;
  }

  /** What is read where the run gets no table: any source. */
  public TestJob input(Source source) {
    input = source;
    return this;
  }

  /** The rows for which a condition is true, of the input or of the table that the run gets. */
  public TestJob where(String condition) {
    input = new Source(input.format(), input.path(), input.options(), input.schema(), condition);
    return this;
  }

  /** Whether only what changed is read; of a path. */
  public TestJob changes(boolean changes) {
    input =
        new Source(
            input.format(),
            input.path(),
            input.options(),
            input.schema(),
            input.where(),
            null,
            null,
            changes);
    return this;
  }

  public TestJob id(String column) {
    id = column;
    return this;
  }

  public TestJob part(@Nullable String column) {
    part = column;
    return this;
  }

  /** These modalities alone: name, column, name, column, ... whose cells hold the payloads. */
  public TestJob columns(String... namesAndColumns) {
    columns = new LinkedHashMap<>();
    for (int i = 0; i < namesAndColumns.length; i += 2) {
      column(namesAndColumns[i], value(namesAndColumns[i + 1], 0));
    }
    return this;
  }

  /** One modality more. */
  public TestJob column(String name, Column column) {
    columns.put(name, column);
    return this;
  }

  /** A column of payloads, of which at most so many tokens are taken; 0 for no limit. */
  public static Column value(String column, long maxTokens) {
    return new Column(column, Column.From.VALUE, null, null, maxTokens);
  }

  public TestJob keep(String... names) {
    keep = List.of(names);
    return this;
  }

  public TestJob output(Sink sink) {
    output = sink;
    return this;
  }

  public TestJob quarantine(Sink sink) {
    quarantine = sink;
    return this;
  }

  /** Parquet that takes the place of what is there. */
  public static Sink sink(Path path) {
    return new Sink("parquet", path.toString(), Sink.Mode.OVERWRITE, Map.of());
  }

  /** Parquet that becomes what a whole run would write. */
  public static Sink merged(Path path, Sink.Deletes deletes) {
    return new Sink("parquet", path.toString(), Sink.Mode.MERGE, Map.of(), deletes);
  }

  public TestJob errors(double maxFraction, Duplicates duplicates) {
    errors = new Errors(maxFraction, duplicates);
    return this;
  }

  public TestJob kernels(String name) {
    kernels = name;
    return this;
  }

  public TestJob precision(Precision other) {
    precision = other;
    return this;
  }

  /** How the work is cut, with one thread per task. */
  public TestJob run(int partitions, long batchBytes, long spreadTokens) {
    run = new Run(partitions, batchBytes, spreadTokens, 1);
    return this;
  }

  /** Goes on from what is there; to be said after how the work is cut. */
  public TestJob checkpoint(Path checkpoint) {
    return kept(checkpoint.toString(), run.keepRoots());
  }

  /** Keeps what each modality comes to; to be said after how the work is cut. */
  public TestJob keepRoots() {
    return kept(run.checkpoint(), true);
  }

  private TestJob kept(@Nullable String checkpoint, boolean roots) {
    run =
        new Run(
            run.partitions(),
            run.batchBytes(),
            run.spreadTokens(),
            run.threads(),
            checkpoint,
            roots);
    return this;
  }

  /** What payloads may take that a codec process decodes. */
  public TestJob codecs(JobConfig.Codecs limits) {
    codecs = limits;
    return this;
  }

  public JobConfig build() {
    return new JobConfig(
        model,
        input,
        id,
        part,
        new LinkedHashMap<>(columns),
        keep,
        output,
        quarantine,
        folder.resolve("manifest.json").toString(),
        errors,
        kernels,
        precision,
        run,
        codecs);
  }
}
