package tributary.tools.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tributary.attention.CrossBlock;
import tributary.attention.SelfBlock;
import tributary.attention.Weights;
import tributary.model.LevelSpec;
import tributary.model.Weight;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tape;
import tributary.tensor.Tensor;
import tributary.tools.onnxcheck.Records;

/** One level, forward and backward: all groups in one tape, the gradients of all weights out. */
final class TrainingBlock implements AutoCloseable {
  /**
   * What is computed.
   *
   * @param rows of a group's inputs
   * @param width of the inputs
   * @param attended channels of all heads of the cross-attend
   * @param crossWidening of the cross-attend's MLP
   */
  record Size(
      int groups, int rows, int width, int attended, LevelSpec level, int crossWidening, Activation activation) {
    /** Of products alone, forward: the latents' queries, which all groups share, not counted. */
    double forward() {
      double n = level.latents();
      double c = level.channels();
      double given = 2.0 * rows * width * attended * 2 + 2 * 2.0 * rows * n * attended;
      double cross = 2 * n * attended * c + 2 * 2 * n * c * c * crossWidening;
      double self = 4 * 2 * n * c * c + 2 * 2 * n * n * c + 2 * 2 * n * c * c * 4;
      return groups * (given + cross + level.selfLayers() * self) * 1e-9;
    }

    String describe() {
      return groups + " x " + rows + " x " + width + " to " + level.latents() + " x "
          + level.channels();
    }
  }

  private final Size size;
  private final Backend backend;
  private final Weights weights;
  private final Tensor latents;
  private final CrossBlock cross;
  private final List<SelfBlock> layers = new ArrayList<>();
  private final float[] inputs; // [groups, rows, width]
  private final float[] slopes; // [groups, latents, channels]

  TrainingBlock(Size size, Backend backend) {
    this.size = size;
    this.backend = backend;
    Random random = new Random(1);
    LevelSpec level = size.level();
    Map<String, Weight> values =
        BlockWeights.of("block", level, size.width(), size.attended(), size.crossWidening(), random);
    weights = Weights.learning(values, backend);
    latents = weights.table("block.latents");
    cross = CrossBlock.of(weights, "block.cross", level.crossHeads(), size.activation(), true);
    for (int s = 0; s < level.selfLayers(); s++) {
      layers.add(
          SelfBlock.of(weights, "block.self." + s, level.selfHeads(), size.activation()));
    }
    inputs = Records.values(size.groups() * size.rows() * size.width(), random);
    slopes = Records.values(size.groups() * level.latents() * level.channels(), random);
  }

  /** A scope around the steps: what one of them took serves the next. */
  Scope open() {
    return backend.open(0);
  }

  /** Output and gradients by name. */
  Map<String, float[]> run(Scope outer) {
    try (Scope scope = outer.inner()) {
      Tape tape = weights.tape(scope);
      Shape shape = new Shape(size.groups(), size.rows(), size.width());
      Tensor x = tape.upload(shape, inputs, 0);
      Tensor z = cross.apply(tape, latents, cross.project(tape, latents), x);
      for (SelfBlock layer : layers) {
        z = layer.apply(tape, z);
      }
      tape.seed(z, slopes);
      tape.backward();
      Map<String, float[]> all = new LinkedHashMap<>(weights.gradients(tape));
      all.put("output", tape.read(z));
      return all;
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
