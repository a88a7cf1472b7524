package tributary.models.perceiverio;

import java.util.List;
import tributary.models.perceiverio.PerceiverTask.Autoencoder;
import tributary.models.perceiverio.PerceiverTask.ConvImage;
import tributary.models.perceiverio.PerceiverTask.Flow;
import tributary.models.perceiverio.PerceiverTask.FourierImage;
import tributary.models.perceiverio.PerceiverTask.LearnedImage;
import tributary.onnx.FourierGraph;
import tributary.onnx.Layers;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGraph.Axis;

/**
 * Signals -> what Perceiver IO's latents attend to [batch, m, c], as {@link
 * tributary.models.perceiverio.PerceiverInputs} does it. Inputs by task:
 *
 * <ul>
 *   <li>masked_lm and text_labels: {@code ids} int64 [batch, n], at most as many as positions
 *   <li>image_learned, image_fourier, image_conv: {@code pixels} [batch, height, width, 3],
 *       normalised; any size but for image_learned
 *   <li>optical_flow: {@code frames} [batch, 2, 27, height, width], of each frame each pixel's 3 x
 *       3 neighbourhood
 *   <li>autoencoder: {@code video} [batch, frames, size, size, 3] and {@code sound} [batch,
 *       samples]
 *   <li>tokens: {@code inputs} [batch, m, channels]
 * </ul>
 */
final class PerceiverInputGraph {
  private static final Axis BATCH = Axis.of("batch");
  private static final float EPSILON = 1e-5f;

  private final Layers layers;
  private final OnnxGraph graph;

  PerceiverInputGraph(Layers layers) {
    this.layers = layers;
    this.graph = layers.graph();
  }

  String of(PerceiverTask task) {
    if (task instanceof LearnedImage t) {
      return learned(t.size());
    }
    if (task instanceof FourierImage) {
      return fourier();
    }
    if (task instanceof ConvImage) {
      return convolved();
    }
    if (task instanceof Flow t) {
      return frames(t);
    }
    if (task instanceof Autoencoder t) {
      return multimodal(t);
    }
    if (task instanceof PerceiverTask.Tokens t) {
      return graph.values("inputs", BATCH, Axis.of("m"), Axis.of(t.channels()));
    }
    String ids = graph.ids("ids", BATCH, Axis.of("m"));
    String x = layers.apply("Gather", layers.constant("input.embedding"), ids);
    return layers.add(x, layers.firstRows(layers.constant("input.positions"), ids, 1));
  }

  private String learned(int size) {
    String pixels = graph.values("pixels", BATCH, Axis.of(size), Axis.of(size), Axis.of(3));
    String own = layers.linear(layers.reshape(pixels, 0, -1, 3), "input.convolution");
    String at = layers.linear(layers.constant("input.positions"), "input.projection");
    return beside(own, at);
  }

  private String pixels() {
    return graph.values("pixels", BATCH, Axis.of("height"), Axis.of("width"), Axis.of(3));
  }

  private String fourier() {
    String pixels = pixels();
    FourierGraph features = new FourierGraph(layers, FourierImage.BANDS);
    List<String> grid = List.of(layers.lengths(pixels, 1, 2), layers.lengths(pixels, 2, 3));
    int resolution = FourierImage.RESOLUTION;
    return beside(
        layers.reshape(pixels, 0, -1, 3), features.ofGrid(grid, List.of(resolution, resolution)));
  }

  /** The convolution stem: 7 x 7 with stride 2, batch norm, relu, 3 x 3 maximum with stride 2. */
  private String convolved() {
    long k = ConvImage.KERNEL;
    String channelsFirst = layers.transpose(pixels(), 0, 3, 1, 2);
    String kernel = layers.constant("input.convolution.weight", ConvImage.CHANNELS, 3, k, k);
    String y =
        graph.apply(
            "Conv",
            List.of(channelsFirst, kernel),
            OnnxGraph.attribute("pads", new long[] {k / 2, k / 2, k / 2, k / 2}),
            OnnxGraph.attribute("strides", new long[] {2, 2}));
    String norm = "input.norm.";
    String normalized =
        graph.apply(
            "BatchNormalization",
            List.of(
                y,
                layers.constant(norm + "weight"),
                layers.constant(norm + "bias"),
                layers.constant(norm + "mean"),
                layers.constant(norm + "variance")),
            OnnxGraph.attribute("epsilon", EPSILON));
    String pooled =
        graph.apply(
            "MaxPool",
            List.of(layers.apply("Relu", normalized)),
            OnnxGraph.attribute("kernel_shape", new long[] {3, 3}),
            OnnxGraph.attribute("strides", new long[] {2, 2}));
    String own = layers.transpose(pooled, 0, 2, 3, 1);
    FourierGraph features = new FourierGraph(layers, ConvImage.BANDS);
    List<String> grid = List.of(layers.lengths(own, 1, 2), layers.lengths(own, 2, 3));
    int resolution = ConvImage.RESOLUTION;
    return beside(
        layers.reshape(own, 0, -1, ConvImage.CHANNELS),
        features.ofGrid(grid, List.of(resolution, resolution)));
  }

  private String frames(Flow t) {
    Axis patch = Axis.of(Flow.PATCH / 2);
    String frames =
        graph.values("frames", BATCH, Axis.of(2), patch, Axis.of(t.height()), Axis.of(t.width()));
    String x = layers.transpose(layers.reshape(frames, 0, Flow.PATCH, -1), 0, 2, 1);
    FourierGraph features = new FourierGraph(layers, Flow.BANDS);
    List<Integer> size = List.of(t.height(), t.width());
    return beside(layers.linear(x, "input.patches"), features.ofGrid(lengths(size), size));
  }

  private List<String> lengths(List<Integer> grid) {
    return grid.stream().map(n -> graph.constant(n.longValue())).toList();
  }

  /** Sound, picture and label, one after the other. */
  private String multimodal(Autoencoder t) {
    int p = Autoencoder.IMAGE_PATCH;
    int side = t.size() / p;
    Axis size = Axis.of(t.size());
    String video = graph.values("video", BATCH, Axis.of(t.frames()), size, size, Axis.of(3));
    String sound = graph.values("sound", BATCH, Axis.of("samples"));
    String cut = layers.reshape(video, -1, t.frames(), side, p, side, p, 3);
    String patches = layers.transpose(cut, 0, 1, 2, 4, 3, 5, 6);
    String at =
        new FourierGraph(layers, Autoencoder.IMAGE_BANDS)
            .ofGrid(
                lengths(List.of(t.frames(), side, side)), List.of(t.frames(), t.size(), t.size()));
    String image = beside(layers.reshape(patches, 0, -1, 3L * p * p), at);
    String heard = layers.reshape(sound, 0, -1, t.patch());
    String places =
        new FourierGraph(layers, Autoencoder.AUDIO_BANDS)
            .ofGrid(List.of(layers.lengths(heard, 1, 2)), List.of(t.frames() * t.samples()));
    String label = layers.constant("input.mask.label", 1, 1, t.inputChannels());
    return layers.concat(
        1,
        padded(beside(heard, places), "input.padding.audio"),
        padded(image, "input.padding.image"),
        layers.spread(label, video, 1, 1, 1));
  }

  /** Every row of [batch, n, w] followed by the same vector. */
  String padded(String x, String name) {
    String padding = layers.constant(name, 1, 1, layers.weight(name).values().length);
    return layers.concat(2, x, layers.spread(padding, x, 2, 1));
  }

  /** x [batch, n, a] beside the same rows [n, b] for each of the batch. */
  private String beside(String x, String rows) {
    return layers.concat(2, x, layers.spread(rows, x, 1, 1, 1));
  }
}
