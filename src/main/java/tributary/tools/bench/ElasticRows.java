package tributary.tools.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import tributary.config.ConfigFile;
import tributary.merge.Node;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.models.ModelConfigs;
import tributary.models.elastic.ElasticEncoder;
import tributary.record.Fuser;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tokenize.TokenBlock;
import tributary.tools.bench.Timing.Clock;
import tributary.tools.bench.Timing.Task;
import tributary.tools.onnxcheck.Records;

/** The rows of the default model's encoder alone: batching (7) and length (9). One thread. */
final class ElasticRows {
  static final String CONFIG = ConfigFile.CLASSPATH + "tributary/conf/models/elastic.yaml";
  private static final List<Integer> BATCHES = List.of(2, 4, 8, 16, 64);

  private final Backend backend;
  private final int rounds;
  private final ModelConfig config = ModelConfigs.read(CONFIG);
  private final Model model = Initialization.random(config, 1);

  ElasticRows(Backend backend, int rounds) {
    this.backend = backend;
    this.rounds = rounds;
  }

  /**
   * Row 7: what the law costs, as a share of the time: how the backend cuts groups into calls,
   * against the fastest of other cuts.
   */
  Figure law() throws Exception {
    List<ElasticEncoder> encoders = new ArrayList<>();
    try {
      encoders.add(new ElasticEncoder(model, backend));
      BATCHES.forEach(n -> encoders.add(new ElasticEncoder(model, new Batching(backend, n))));
      List<Subsequence> record = Records.record(config, encoders.get(0), 16 * 256, 1);
      float[] expected = Records.embedding(encoders.get(0), record);
      List<Task> tasks = new ArrayList<>();
      for (ElasticEncoder e : encoders) {
        Checks.close("batches", Records.embedding(e, record), expected);
        tasks.add(() -> Records.embedding(e, record));
      }
      Timing t = Timing.interleaved(Clock.THREAD, 3, rounds, tasks.toArray(new Task[0]));
      int fastest = t.fastest(1);
      return Figure.atMost(
          "law",
          "cost of the bit-equality law: time / fastest batching - 1",
          t.ratio(0, fastest, 1).minus(1),
          0.10,
          0,
          String.format(
              Locale.ROOT,
              "%d groups a call %.1f ms; without the law fastest at %d groups a call, %.1f ms",
              backend.cut(0, 1).transfer(),
              1e3 * t.median(0),
              BATCHES.get(fastest - 1),
              1e3 * t.median(fastest)));
    } finally {
      encoders.forEach(ElasticEncoder::close);
    }
  }

  /** Row 9: time of a record with ten times the tokens. */
  Figure length(int tokens) throws Exception {
    try (ElasticEncoder encoder = new ElasticEncoder(model, backend)) {
      float[] once = embedding(encoder, tokens);
      Checks.same("a record", embedding(encoder, tokens), once);
      Timing t =
          Timing.interleaved(
              Clock.THREAD,
              1,
              rounds,
              () -> embedding(encoder, tokens),
              () -> embedding(encoder, 10 * tokens));
      return Figure.atMost(
          "length",
          "time at 10x the tokens",
          t.ratio(1, 0, 1),
          10.3,
          10,
          String.format(
              Locale.ROOT,
              "one series of %,d tokens %.2f s, of %,d tokens %.2f s",
              tokens,
              t.median(0),
              10 * tokens,
              t.median(1)));
    }
  }

  /** A series of so many tokens, its subsequences made and encoded one by one. */
  private float[] embedding(ElasticEncoder encoder, int tokens) {
    List<Node> nodes = new ArrayList<>();
    int most = (int) encoder.subsequenceTokens();
    Random random = new Random(1);
    float[] pool = Records.values(most * config.modality("series").channels(), random);
    int width = config.modality("series").channels();
    for (int at = 0; at < tokens; at += most) {
      int n = Math.min(most, tokens - at);
      float[] values = Arrays.copyOf(pool, n * width);
      TokenBlock block = new TokenBlock.Values(width, values);
      Subsequence s = new Subsequence("series", at / most, List.of(block));
      nodes.addAll(encoder.encode(List.of(s)));
    }
    return Fuser.finish(encoder, nodes);
  }
}
