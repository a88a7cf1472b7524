package tributary.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig.Codecs;
import tributary.config.JobConfig.Column;
import tributary.config.JobConfig.Errors;
import tributary.config.JobConfig.ModelSource;
import tributary.config.JobConfig.Run;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfig.Source;
import tributary.config.JobLayers.Given;
import tributary.config.JobLayers.Layer;
import tributary.tensor.Precision;

/**
 * Loads a job: defaults, file, environment, Spark's configuration and the command line, laid over
 * each other. On the driver.
 */
public final class JobConfigs {
  private static final long MOST = Long.MAX_VALUE;
  private static final List<String> OTHER_MODES = List.of("overwrite", "append");
  private static final List<String> QUARANTINE_MODES = List.of("error", "overwrite", "append");

  /** Formats of tables that have names. */
  private static final List<String> NAMED = List.of("delta", "iceberg", "jdbc");

  private static final String OF_NAMES = "delta, iceberg or jdbc where output.table is given";
  private static final List<String> KERNELS = List.of("auto", "cpu", "cuda", "java");

  private final Fields fields;
  private final Problems problems;
  private final JobLayers layers;
  private final Path file;
  private final Map<String, String> env;

  private JobConfigs(Problems problems, JobLayers layers, Path file, Map<String, String> env) {
    this.fields = layers.fields();
    this.problems = problems;
    this.layers = layers;
    this.file = file;
    this.env = env;
  }

  /**
   * A job that may run, as far as its configuration tells.
   *
   * @param learn what `pretrain` does
   * @param learns whether the job says anything of learning itself
   * @param effective every key that has a value, with the one that holds: what manifests carry
   */
  public record Loaded(
      JobConfig config, LearnConfig learn, boolean learns, SortedMap<String, String> effective) {
    /** The keys that `fuse` reads. */
    public SortedMap<String, String> fusing() {
      SortedMap<String, String> keys = new TreeMap<>(effective);
      keys.keySet().removeIf(k -> k.startsWith(LearnConfig.SECTION));
      return Collections.unmodifiableSortedMap(keys);
    }
  }

  /**
   * Loads a job.
   *
   * @param yaml the job file
   * @param env the environment: TRIBUTARY_ERRORS_MAX_FRACTION=0.1
   * @param sparkConf Spark's configuration: spark.tributary.errors.max-fraction -> 0.1
   * @param sets of the command line: errors.max-fraction=0.1
   * @throws Problems.Refused with all that is wrong in any of them
   */
  public static Loaded load(
      Path yaml, Map<String, String> env, Map<String, String> sparkConf, List<String> sets) {
    Problems problems = new Problems();
    JobLayers layers = new JobLayers(JobKeys.packaged(), problems);
    layers.file(Yaml.read(yaml));
    layers.environment(env);
    layers.spark(sparkConf);
    layers.sets(sets);
    SortedMap<String, Given> given = layers.withDefaults();
    derive(layers);
    JobConfig config = new JobConfigs(problems, layers, yaml, env).config();
    LearnConfig learn = LearnConfig.read(layers.fields(), yaml.toAbsolutePath().getParent(), env);
    problems.refuse();
    SortedMap<String, String> effective = new TreeMap<>();
    given.forEach((k, g) -> g.ifGiven(text -> effective.put(k, text)));
    dropOtherModel(config.model(), effective);
    boolean learns =
        given.keySet().stream()
            .anyMatch(
                k ->
                    k.startsWith(LearnConfig.SECTION)
                        && layers.layer(k) != JobLayers.Layer.DEFAULTS);
    return new Loaded(config, learn, learns, Collections.unmodifiableSortedMap(effective));
  }

  /**
   * The job that a run was, by what its manifest says.
   *
   * @param effective every effective key
   * @param sets as {@link #load} takes them, over it
   * @param env the environment, for TRIBUTARY_HOME alone
   * @throws Problems.Refused where this version doesn't take a key or a value of it
   */
  public static JobConfig again(
      Map<String, String> effective, List<String> sets, Map<String, String> env) {
    Problems problems = new Problems();
    JobLayers layers = new JobLayers(JobKeys.packaged(), problems);
    List<String> all = new ArrayList<>();
    effective.forEach((key, value) -> all.add(key + "=" + value));
    all.addAll(sets);
    layers.sets(all);
    layers.withDefaults();
    derive(layers);
    JobConfig config = new JobConfigs(problems, layers, Path.of("job.yaml"), env).config();
    problems.refuse();
    return config;
  }

  private static void dropOtherModel(ModelSource model, SortedMap<String, String> effective) {
    if (model.path() == null) {
      effective.remove("model.path");
    } else {
      effective.keySet().removeAll(List.of("model.init", "model.seed"));
    }
  }

  private JobConfig config() {
    JobConfig config =
        new JobConfig(
            model(),
            source(),
            fields.text("id", "the column with the record's id"),
            fields.optional("part"),
            modalities(),
            keep(),
            output(),
            quarantine(),
            fields.text("manifest", "a file; required where output.table is given"),
            new Errors(
                fields.fraction("errors.max-fraction"),
                fields.word("errors.duplicates", Errors.Duplicates.class)),
            fields.oneOf("kernels", KERNELS, null),
            fields.word("precision", Precision.class),
            new Run(
                (int) fields.between("run.partitions", 0, Integer.MAX_VALUE),
                fields.between("run.batch-bytes", 1, MOST),
                fields.between("run.spread-tokens", 1, MOST),
                (int) fields.between("run.threads", 0, Integer.MAX_VALUE),
                fields.optional("run.checkpoint"),
                fields.truth("run.keep-roots", false)),
            new Codecs(
                fields.truth("codecs.enabled", true),
                (int) fields.between("codecs.seconds", 1, 86_400),
                (int) fields.between("codecs.memory", 64, 1 << 20),
                fields.between("codecs.output", 1, MOST)));
    if (config.id().equals(config.part())) {
      fields.invalid("part", "another column than id");
    }
    JobPaths.check(config, fields);
    return config;
  }

  /** One place: a path, a table or a query; the latter two tell their format themselves. */
  private Source source() {
    @Nullable String path = fields.optional("input.path");
    @Nullable String table = fields.optional("input.table");
    @Nullable String query = fields.optional("input.query");
    @Nullable String schema = fields.optional("input.schema");
    if (path != null && table != null) {
      fields.invalid("input.table", "not both input.path and input.table");
    }
    if (query != null && (path != null || table != null)) {
      fields.invalid("input.query", "not with input.path or input.table");
    }
    boolean itsOwn = table != null || query != null;
    if (itsOwn && schema != null) {
      fields.invalid("input.schema", "not with input.table or input.query, which have columns");
    }
    @Nullable String format = fields.optional("input.format");
    boolean changes = fields.truth("input.changes", false);
    if (changes && query != null) {
      fields.invalid("input.changes", "false with input.query: a query has no versions");
    }
    if (changes && fields.word("output.mode", Sink.Mode.class) != Sink.Mode.MERGE) {
      fields.invalid("input.changes", "true only with output.mode: merge");
    }
    return new Source(
        itsOwn
            ? Objects.requireNonNullElse(format, "")
            : fields.text("input.format", "required: parquet, json, csv or any that Spark reads"),
        path,
        fields.texts("input.options"),
        schema,
        fields.optional("input.where"),
        table,
        query,
        changes);
  }

  private List<String> keep() {
    List<String> columns = fields.words("keep");
    Set<String> once = new HashSet<>();
    if (!columns.stream().allMatch(c -> !c.isBlank() && once.add(c))) {
      fields.invalid("keep", String.join(",", columns), "no blank entry, none twice");
    }
    return columns;
  }

  /** The quarantine and the manifest lie beside the output where nothing else is said. */
  private static void derive(JobLayers layers) {
    String output = layers.value("output.path");
    if (output == null && layers.value("output.table") != null) {
      // A name has no folder to be beside.
      layers.derive("learn.checkpoints.path", "?.checkpoints");
    } else if (output != null) {
      String beside = JobPaths.trimmed(output);
      layers.derive("quarantine.path", beside + ".quarantine");
      layers.derive("manifest", beside + ".manifest.json");
      layers.derive("learn.checkpoints.path", beside + ".checkpoints");
    } else {
      // One problem is enough: that of output.path.
      layers.derive("quarantine.path", "?.quarantine");
      layers.derive("manifest", "?.manifest.json");
      layers.derive("learn.checkpoints.path", "?.checkpoints");
    }
    layers.derive("quarantine.mode", quarantineMode(layers));
  }

  /** A merge looks at every record again, and tells of all that it could not fuse. */
  private static String quarantineMode(JobLayers layers) {
    String mode = layers.value("output.mode");
    String word = mode == null ? "" : mode.toLowerCase(Locale.ROOT);
    return mode != null && OTHER_MODES.contains(word)
        ? mode
        : word.equals("merge") ? "overwrite" : "error";
  }

  private Sink output() {
    Sink.Mode mode = fields.word("output.mode", Sink.Mode.class);
    Sink.Deletes deletes = fields.word("output.deletes", Sink.Deletes.class);
    @Nullable String table = fields.optional("output.table");
    if (table == null) {
      return sink("output", "required: where the table goes", mode, deletes);
    }
    if (fields.optional("output.path") != null) {
      fields.invalid("output.table", "not both output.path and output.table");
    }
    String format = fields.text("output.format", OF_NAMES);
    if (!NAMED.contains(format.toLowerCase(Locale.ROOT))) {
      fields.invalid("output.format", OF_NAMES);
    }
    return new Sink(format, table, mode, fields.texts("output.options"), deletes, true);
  }

  private Sink quarantine() {
    String mode = fields.oneOf("quarantine.mode", QUARANTINE_MODES, null);
    return sink(
        "quarantine",
        "required where output.table is given: a name has no folder to be beside",
        Sink.Mode.valueOf(mode.toUpperCase(Locale.ROOT)),
        Sink.Deletes.KEEP);
  }

  private Sink sink(String key, String rule, Sink.Mode mode, Sink.Deletes deletes) {
    return new Sink(
        fields.text(key + ".format", "parquet, json, csv or any that Spark writes"),
        fields.text(key + ".path", rule),
        mode,
        fields.texts(key + ".options"),
        deletes);
  }

  /** The later layer of model.path and model.init wins; one layer that gives both is refused. */
  private ModelSource model() {
    long seed = fields.between("model.seed", Long.MIN_VALUE, MOST);
    String path = fields.optional("model.path");
    Layer pathLayer = layers.layer("model.path");
    Layer initLayer = layers.layer("model.init");
    if (path != null && pathLayer == initLayer) {
      fields.invalid("model.path", "not both model.path and model.init");
    } else if (path != null && pathLayer == layers.layer("model.seed")) {
      fields.invalid("model.seed", "only with model.init; model.path has its weights");
    }
    if (path != null && pathLayer.compareTo(initLayer) >= 0) {
      Path folder = file.toAbsolutePath().getParent();
      return new ModelSource(ConfigFile.folder(path, folder, env), null, seed);
    }
    String init = fields.text("model.init", "a model configuration, where there is no model.path");
    return new ModelSource(null, found(init), seed);
  }

  private String found(String init) {
    return ConfigFile.find(init, file.toAbsolutePath().getParent(), env)
        .orElseGet(
            () -> {
              fields.invalid(
                  "model.init",
                  "no such file here, beside the job file, in TRIBUTARY_HOME or in the jar");
              return init;
            });
  }

  private Map<String, Column> modalities() {
    Map<String, Column> columns = new LinkedHashMap<>();
    layers.modalities().forEach(name -> columns.put(name, column(JobKeys.MODALITIES + "." + name)));
    if (columns.isEmpty()) {
      problems.invalid(
          JobKeys.MODALITIES, "missing", "required: at least one, such as text: caption");
    }
    return Collections.unmodifiableMap(columns);
  }

  private Column column(String key) {
    Column.From from = fields.word(key + ".from", Column.From.class);
    @Nullable String base = fields.optional(key + ".base");
    if (base != null && from == Column.From.VALUE) {
      fields.invalid(key + ".base", "only with from: path");
    }
    return new Column(
        fields.text(key + ".column", "required: the column of this modality"),
        from,
        base,
        fields.optional(key + ".rate"),
        fields.between(key + ".max-tokens", 0, MOST));
  }
}
