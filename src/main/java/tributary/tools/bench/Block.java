package tributary.tools.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import tributary.attention.Weights;
import tributary.encode.LatentBlock;
import tributary.model.LevelSpec;
import tributary.model.Weight;
import tributary.models.OnnxExport;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.onnxcheck.Records;

/**
 * The block benchmark: one level on 16 groups of 1024 inputs x 128 channels to 64 latents x 256
 * channels, 8 heads of 32, 2 self-attention layers, widening 4, erf GELU; weights by seed.
 */
final class Block implements AutoCloseable {
  static final int GROUPS = 16;

  /** Of one group: products alone, the queries of the latents not counted. */
  static final double GFLOP = GROUPS * 494_927_872e-9;

  static final int ROWS = 1024;
  static final int WIDTH = 128;
  static final LevelSpec LEVEL = new LevelSpec(64, 256, 2, 8, 8);
  private static final int SIZE = LEVEL.latents() * LEVEL.channels();

  private final Map<String, Weight> values;
  private final Random random = new Random(1);
  private final Backend backend;
  private final Weights weights;
  private final LatentBlock block;
  private final float[] inputs; // [16, 1024, 128]

  Block(Backend backend) {
    this.backend = backend;
    values = BlockWeights.of("block", LEVEL, WIDTH, LEVEL.channels(), 4, random);
    weights = new Weights(values, backend);
    block =
        LatentBlock.of(
            weights,
            "block",
            1,
            LEVEL.crossHeads(),
            LEVEL.selfLayers(),
            LEVEL.selfHeads(),
            Activation.GELU);
    inputs = Records.values(GROUPS * ROWS * WIDTH, random);
  }

  void export(Path file) {
    OnnxExport.block(values, "block", LEVEL, WIDTH, "gelu", file);
  }

  float[] output() {
    return new float[GROUPS * SIZE];
  }

  /** As the encoder calls it: a group per call, each result to the heap. */
  void run(Scope scope, float[] output) {
    for (int g = 0; g < GROUPS; g++) {
      try (Scope inner = scope.inner()) {
        Shape shape = new Shape(1, ROWS, WIDTH);
        inner.download(
            block.apply(inner, inner.upload(shape, inputs, g * ROWS * WIDTH), 0), output, g * SIZE);
      }
    }
  }

  /** The block in ONNX Runtime, `batch` groups per call. */
  void run(OnnxSession session, int batch, float[] output) {
    for (int g = 0; g < GROUPS; g += batch) {
      float[] some =
          batch == GROUPS
              ? inputs
              : Arrays.copyOfRange(inputs, g * ROWS * WIDTH, (g + batch) * ROWS * WIDTH);
      float[] y = session.run(Map.of("x", new Input(some, batch, ROWS, WIDTH)));
      System.arraycopy(y, 0, output, g * SIZE, y.length);
    }
  }

  Scope open() {
    return backend.open(0);
  }

  @Override
  public void close() {
    weights.close();
  }
}
