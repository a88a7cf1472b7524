package tributary.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.bench.Timing.Clock;
import tributary.bench.Timing.Spread;
import tributary.config.JobConfig;
import tributary.config.ModelConfigFile;
import tributary.encode.Encoders;
import tributary.export.OnnxExport;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.spark.EncoderSource;
import tributary.spark.FuseJob;
import tributary.spark.SyntheticTable;
import tributary.tensor.Backend;
import tributary.write.RunManifest;

/**
 * The rows of the whole job with the default model on the synthetic set, one core (local[1]):
 * against the same job with ONNX Runtime (5), its time outside tokenizing and kernels (6), its
 * memory (8).
 */
final class JobRows implements AutoCloseable {
  private static final EncoderSource OURS = new EncoderSource.Own();
  private static final long SEED = 1;

  private final Backend backend;
  private final Path folder;
  private final SparkSession spark;
  private int runs;

  JobRows(Backend backend, Path folder) {
    this.backend = backend;
    this.folder = folder;
    this.spark =
        SparkSession.builder()
            .master("local[1]")
            .appName("tributary bench")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.artifact.isolation.enabled", false)
            .getOrCreate();
  }

  /** A Parquet table of the synthetic set. */
  private String table(String name, int records, int longest) {
    String path = folder.resolve(name).toString();
    SyntheticTable.write(spark, records, SEED, longest, 0.2, 0, path);
    return path;
  }

  private RunManifest run(String table, String output, EncoderSource encoders) {
    return run(table, output, encoders, 32 << 20);
  }

  private RunManifest run(String table, String output, EncoderSource encoders, long batchBytes) {
    Map<String, JobConfig.Column> columns = new LinkedHashMap<>();
    Map.of("text", "caption", "image", "picture", "audio", "sound", "series", "sensors")
        .forEach(
            (m, c) ->
                columns.put(
                    m, new JobConfig.Column(c, JobConfig.Column.From.VALUE, null, null, 0)));
    Path out = folder.resolve(output);
    JobConfig job =
        new JobConfig(
            new JobConfig.ModelSource(null, ElasticRows.CONFIG, SEED),
            new JobConfig.Source("parquet", table, Map.of(), null),
            "id",
            null,
            columns,
            List.of(),
            sink(out.resolve("table")),
            sink(out.resolve("quarantine")),
            out.resolve("manifest." + runs++ + ".json").toString(),
            new JobConfig.Errors(0, JobConfig.Errors.Duplicates.FAIL),
            backend.name(),
            new JobConfig.Run(0, batchBytes, 1 << 16, 1));
    return FuseJob.run(job, Map.of(), spark, encoders);
  }

  private static JobConfig.Sink sink(Path path) {
    return new JobConfig.Sink("parquet", path.toString(), JobConfig.Sink.Mode.OVERWRITE, Map.of());
  }

  /** Embeddings of a run, one after the other in the order of their ids. */
  private float[] embeddings(String output) {
    List<Row> rows =
        spark
            .read()
            .format("parquet")
            .load(folder.resolve(output).resolve("table").toString())
            .orderBy("id")
            .select("embedding")
            .collectAsList();
    List<Float> all = new ArrayList<>();
    rows.forEach(r -> all.addAll(r.<Float>getList(0)));
    float[] values = new float[all.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = all.get(i);
    }
    return values;
  }

  /** Rows 5 and 6. */
  List<Figure> againstOnnx(int records, int rounds) throws Exception {
    Path graphs = folder.resolve("elastic-onnx");
    Model model = Initialization.random(ModelConfigFile.read(ElasticRows.CONFIG), SEED);
    OnnxExport.write(model, graphs);
    int batch = batch(model, graphs);
    EncoderSource theirs = new OnnxSource(graphs.toString(), batch);
    String table = table("synthetic", records, 2000);
    run(table, "theirs", theirs);
    RunManifest first = run(table, "ours", OURS);
    Checks.close("job", embeddings("theirs"), embeddings("ours"));
    List<RunManifest> manifests = new ArrayList<>();
    List<RunManifest> peers = new ArrayList<>();
    Timing t =
        Timing.interleaved(
            Clock.WALL,
            1,
            rounds,
            () -> manifests.add(run(table, "ours", OURS)),
            () -> peers.add(run(table, "theirs", theirs)));
    long tokens = first.tokens().values().stream().mapToLong(n -> n).sum();
    Figure job =
        Figure.atLeast(
            "job",
            "elastic job, one core, tokens/s: ours / ONNX Runtime",
            t.ratio(1, 0, 1),
            1.1,
            1.5,
            String.format(
                Locale.ROOT,
                "%,d records, %,d tokens: ours %.2f s, %,.0f tokens/s, kernels %.2f s; ONNX Runtime"
                    + " %.2f s, its calls %.2f s, %d groups each at most",
                records,
                tokens,
                t.median(0),
                tokens / t.median(0),
                kernels(manifests),
                t.median(1),
                kernels(peers),
                batch));
    double[] shares =
        manifests.stream()
            .skip(manifests.size() - rounds)
            .mapToDouble(m -> outside(m.seconds()))
            .toArray();
    RunManifest last = manifests.get(manifests.size() - 1);
    Figure share =
        Figure.atMost(
            "share",
            "share of the job's task time outside tokenizing and kernels",
            Spread.of(shares),
            0.10,
            0.05,
            String.format(
                Locale.ROOT,
                "of %.2f s: input %.2f, reading and tokenizing %.2f, kernels %.2f",
                last.seconds().get("task.total"),
                last.seconds().get("task.input"),
                last.seconds().get("task.tokenize"),
                last.seconds().get("task.kernels")));
    return List.of(job, share);
  }

  /** Median seconds in the encoder. */
  private static double kernels(List<RunManifest> manifests) {
    return Spread.of(
            manifests.stream()
                .mapToDouble(m -> m.seconds().getOrDefault("task.kernels", Double.NaN))
                .toArray())
        .median();
  }

  private static double outside(Map<String, Double> seconds) {
    double inside =
        seconds.getOrDefault("task.tokenize", 0.0) + seconds.getOrDefault("task.kernels", 0.0);
    return 1 - inside / seconds.getOrDefault("task.total", Double.NaN);
  }

  /** The groups a call that suit ONNX Runtime best here: of 1, 4, 16, 64. */
  private int batch(Model model, Path graphs) throws Exception {
    try (var ours = Encoders.of(model, backend)) {
      var record = Records.record(model.config(), ours, 8 * 256, 1);
      int best = 1;
      double least = Double.POSITIVE_INFINITY;
      for (int batch : new int[] {1, 4, 16, 64}) {
        try (var encoder = new OnnxSource(graphs.toString(), batch).of(model, backend)) {
          Timing t =
              Timing.interleaved(Clock.THREAD, 2, 5, () -> Records.embedding(encoder, record));
          if (t.median(0) < least) {
            least = t.median(0);
            best = batch;
          }
        }
      }
      return best;
    }
  }

  /** Row 8: native and heap memory at 8 times the records and at 8 times the length. */
  Figure memory(int records, int longest) throws Exception {
    String base = table("base", records, longest);
    String more = table("more", 8 * records, longest);
    String longer = table("longer", records, 8 * longest);
    // Batches so small that the smallest run fills them.
    long batch = 1 << 18;
    run(base, "memory", OURS, batch);
    Memory one = Memory.of(backend, () -> run(base, "memory", OURS, batch));
    Memory many = Memory.of(backend, () -> run(more, "memory", OURS, batch));
    Memory deep = Memory.of(backend, () -> run(longer, "memory", OURS, batch));
    double worst = (double) Math.max(many.bytes(), deep.bytes()) / one.bytes();
    return Figure.atMost(
        "memory",
        "native and heap memory at 8x the records and 8x the length",
        Spread.of(worst),
        1.05,
        1.0,
        String.format(
            Locale.ROOT,
            "%,d records of up to %,d tokens, batches of %,d bytes: %s; 8x the records: %s; 8x the"
                + " length: %s",
            records,
            longest,
            batch,
            one,
            many,
            deep));
  }

  @Override
  public void close() {
    spark.stop();
  }
}
