package tributary.tools.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tributary.base.Invalid;
import tributary.config.Problems.Refused;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.tools.onnxcheck.Peer;

/** The table of figures on this machine: all rows, or some of them. */
public final class Bench {
  /** The rows in the order of the table. */
  public static final List<String> ROWS =
      List.of(
          "block",
          "sgemm",
          "tasks",
          "training",
          "hip",
          "job",
          "share",
          "law",
          "memory",
          "length",
          "bfloat16",
          "proof",
          "tokenizers",
          "learning-overhead");

  private final Set<String> rows;
  private final boolean quick;
  private final Backend backend;
  private final Consumer<Figure> seen;
  private final List<Figure> figures = new ArrayList<>();

  private Bench(Set<String> rows, boolean quick, Backend backend, Consumer<Figure> seen) {
    this.rows = rows;
    this.quick = quick;
    this.backend = backend;
    this.seen = seen;
  }

  /**
   * What was measured, and where.
   *
   * @param quick whether with fewer and shorter rounds
   */
  public record Report(Machine machine, boolean quick, double seconds, List<Figure> rows) {}

  /**
   * Measures.
   *
   * @param rows some of {@link #ROWS}
   * @param seen hears of each figure when it is there
   * @throws Refused for a row that there isn't, or where ONNX Runtime is missing
   * @throws IllegalStateException where a result is wrong, before it is timed
   */
  public static Report run(Set<String> rows, boolean quick, Consumer<Figure> seen)
      throws Exception {
    for (String row : rows) {
      if (!ROWS.contains(row)) {
        throw new Refused(List.of(Invalid.text("--only", row, String.join(", ", ROWS))));
      }
    }
    Peer.require("run bench");
    long start = System.nanoTime();
    Backend backend = Backends.open(Kernels.of("cpu"));
    Bench bench = new Bench(rows, quick, backend, seen);
    Path folder = Files.createTempDirectory("tributary-bench");
    try {
      bench.measure(folder);
    } finally {
      delete(folder);
    }
    bench.figures.sort(Comparator.comparingInt(f -> ROWS.indexOf(f.row())));
    return new Report(
        Machine.here(backend), quick, (System.nanoTime() - start) * 1e-9, bench.figures);
  }

  /** Memory first: the kernels' peak is that of the JVM's whole life. */
  private void measure(Path folder) throws Exception {
    if (wanted("memory") || wanted("job") || wanted("share")) {
      try (JobRows job = new JobRows(backend, folder)) {
        if (wanted("memory")) {
          add(job.memory(quick ? 16 : 64, quick ? 300 : 1000, quick ? 1 : 5));
        }
        if (wanted("job") || wanted("share")) {
          job.againstOnnx(quick ? 40 : 1200, quick ? 3 : 5).forEach(this::add);
        }
      }
    }
    int rounds = quick ? 5 : 21;
    BlockRows block = new BlockRows(backend, folder, rounds);
    if (wanted("block")) {
      add(block.againstOnnx());
    }
    if (wanted("sgemm")) {
      add(block.againstProducts());
    }
    if (wanted("tasks")) {
      add(block.twoTasks());
    }
    if (wanted("training")) {
      add(new TrainingRows(backend, rounds).step());
    }
    if (wanted("hip")) {
      HipRows hip = new HipRows(backend, folder, quick ? 3 : 10);
      add(hip.preset("16"));
      add(hip.preset("256"));
    }
    ElasticRows elastic = new ElasticRows(backend, quick ? 5 : 15);
    if (wanted("law")) {
      add(elastic.law());
    }
    if (wanted("length")) {
      add(elastic.length(quick ? 1 << 16 : 1 << 18));
    }
    if (wanted("bfloat16")) {
      add(new PrecisionRows(rounds).bfloat16());
    }
    if (wanted("proof")) {
      add(PrecisionRows.proof());
    }
    if (wanted("tokenizers")) {
      TokenizerRows tokenizers = new TokenizerRows(quick ? 50 : 200, quick ? 5 : 15);
      for (String kind : TokenizerRows.KINDS) {
        add(tokenizers.figure(kind));
      }
    }
    if (wanted("learning-overhead")) {
      new LearningRows(quick ? 40 : 200).overhead().forEach(this::add);
    }
  }

  private boolean wanted(String row) {
    return rows.contains(row);
  }

  private void add(Figure figure) {
    if (wanted(figure.row())) {
      figures.add(figure);
      seen.accept(figure);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(
              p -> {
                try {
                  Files.delete(p);
                } catch (IOException e) {
                  throw new UncheckedIOException("Cannot delete " + p + ": " + e, e);
                }
              });
    }
  }
}
