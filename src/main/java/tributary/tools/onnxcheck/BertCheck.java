package tributary.tools.onnxcheck;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import tributary.attention.BertDecoder;
import tributary.attention.Weights;
import tributary.model.Model;
import tributary.models.bert.BertConfig;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;

/** BERT's exported graph in ONNX Runtime beside {@link BertDecoder}, on two sequences by seed. */
final class BertCheck {
  private static final int SEQUENCES = 2;
  private static final int TOKENS = 13;
  private static final int ENCODED = 19;

  private BertCheck() {}

  /** The largest difference over max(1, largest |x|). */
  static double difference(Model model, Backend backend, List<Path> files) {
    BertConfig c = model.config(BertConfig.class, "bert");
    Random random = new Random(1);
    int n = Math.min(TOKENS, c.positions());
    int[] ids = random.ints((long) SEQUENCES * n, 0, c.vocabulary()).toArray();
    float[] encoded = Records.values(SEQUENCES * ENCODED * c.hidden(), random);
    Mask mask = mask();
    float[] theirs;
    try (OnnxSession session = new OnnxSession(files.get(0), 1)) {
      theirs =
          session.run(
              Map.of(
                  "ids",
                  new Input(Arrays.stream(ids).asLongStream().toArray(), SEQUENCES, n),
                  "encoded",
                  new Input(encoded, SEQUENCES, ENCODED, c.hidden()),
                  "encoded_mask",
                  new Input(mask.allowed(), SEQUENCES, 1, ENCODED)));
    }
    try (Weights weights = new Weights(model.weights(), backend);
        Scope scope = backend.open(0)) {
      Activation activation = Activation.valueOf(c.activation().toUpperCase(Locale.ROOT));
      BertDecoder own =
          BertDecoder.of(weights, "", c.layers(), c.heads(), activation, (float) c.epsilon());
      Tensor memory = scope.upload(new Shape(SEQUENCES, ENCODED, c.hidden()), encoded, 0);
      float[] ours = scope.values(own.apply(scope, ids, SEQUENCES, memory, mask));
      return Difference.ofLargest(theirs, ours);
    }
  }

  /** Of the first sequence the last rows may not be attended to, of the second none may. */
  private static Mask mask() {
    boolean[] allowed = new boolean[SEQUENCES * ENCODED];
    Arrays.fill(allowed, 0, ENCODED * 2 / 3, true);
    return new Mask(allowed, SEQUENCES, 1, ENCODED);
  }
}
