package tributary.tools.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.models.ModelConfigs;
import tributary.models.Models;
import tributary.models.OnnxExport;
import tributary.spark.EncoderSource;
import tributary.spark.FuseJob;
import tributary.spark.SyntheticTable;
import tributary.tensor.Backend;
import tributary.tensor.Precision;
import tributary.tools.bench.Timing.Clock;
import tributary.tools.bench.Timing.Spread;
import tributary.tools.onnxcheck.Records;
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
            // Else Spark's sorters and hash tables take pages of up to 64 MiB each, here and there,
            // however little they hold: no heap could be compared.
            .config("spark.buffer.pageSize", "1m")
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
    return run(new JobConfig.Source("parquet", table, Map.of(), null), output, encoders, 32 << 20);
  }

  private RunManifest run(
      JobConfig.Source input, String output, EncoderSource encoders, long batchBytes) {
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
            input,
            "id",
            null,
            columns,
            List.of(),
            sink(out.resolve("table")),
            sink(out.resolve("quarantine")),
            out.resolve("manifest." + runs++ + ".json").toString(),
            new JobConfig.Errors(0, JobConfig.Errors.Duplicates.FAIL),
            backend.name(),
            Precision.FLOAT32,
            new JobConfig.Run(0, batchBytes, 1 << 16, 1),
            JobConfig.Codecs.DEFAULT);
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
    Model model = Initialization.random(ModelConfigs.read(ElasticRows.CONFIG), SEED);
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
                "of %.2f s: input %.2f, reading and tokenizing %.2f, kernels %.2f; steps by the clock:"
                    + " preflight %.2f, census %.2f, encode %.2f, write %.2f",
                last.seconds().get("task.total"),
                last.seconds().get("task.input"),
                last.seconds().get("task.tokenize"),
                last.seconds().get("task.kernels"),
                last.seconds().get("preflight"),
                last.seconds().get("census"),
                last.seconds().get("encode"),
                last.seconds().get("write")));
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
    try (var ours = Models.encoder(model, backend)) {
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

  /** Records that the tasks make as they go, so that no file's row groups are in memory. */
  private static JobConfig.Source made(int records, int longest) {
    Map<String, String> options =
        Map.of(
            "records",
            Integer.toString(records),
            "long",
            Integer.toString(longest),
            "seed",
            Long.toString(SEED),
            "missing",
            "0.2");
    return new JobConfig.Source("synthetic", null, options, null);
  }

  /**
   * Row 8: native and heap memory at 8 times the records and at 8 times the length. What a file
   * format's reader holds (Parquet: whole row groups) is not in it.
   */
  Figure memory(int records, int longest, int rounds) throws Exception {
    JobConfig.Source base = made(records, longest);
    JobConfig.Source more = made(8 * records, longest);
    JobConfig.Source longer = made(records, 8 * longest);
    // Small enough that the smallest run fills them, large enough that no record is spread.
    long batch = 4 << 20;
    List<JobConfig.Source> cases = List.of(base, more, longer);
    run(base, "memory", OURS, batch);
    long[] kernels = new long[cases.size()];
    double[][] heap = new double[cases.size()][rounds];
    double[] worst = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      double[] all = new double[cases.size()];
      for (int i = 0; i < cases.size(); i++) {
        JobConfig.Source source = cases.get(i);
        Memory held = Memory.of(backend, () -> run(source, "memory", OURS, batch));
        // The kernels' peak is that of the JVM: of the first round, smallest case first.
        kernels[i] = round == 0 ? held.nativeBytes() : kernels[i];
        heap[i][round] = held.heapBytes();
        all[i] = held.heapBytes() + (double) kernels[i];
      }
      worst[round] = Math.max(all[1], all[2]) / all[0];
    }
    return Figure.atMost(
        "memory",
        "native and heap memory at 8x the records and 8x the length",
        Spread.of(worst),
        1.05,
        1.0,
        String.format(
            Locale.ROOT,
            "%,d records of up to %,d tokens, batches of %,d bytes, medians: native %.1f MB + heap"
                + " %.1f MB; 8x the records: %.1f + %.1f; 8x the length: %.1f + %.1f",
            records,
            longest,
            batch,
            kernels[0] / 1e6,
            Spread.of(heap[0]).median() / 1e6,
            kernels[1] / 1e6,
            Spread.of(heap[1]).median() / 1e6,
            kernels[2] / 1e6,
            Spread.of(heap[2]).median() / 1e6));
  }

  @Override
  public void close() {
    spark.stop();
  }
}
