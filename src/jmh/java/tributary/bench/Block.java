package tributary.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Backend;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * One level of the encoder on the kernel seam: a cross-attend with query residual and
 * self-attention layers. What depends on weights alone, the queries of the latents, is computed
 * once.
 */
final class Block {
  private static final float EPSILON = 1e-5f;

  private final Backend backend;
  private final Map<String, SafetensorsFile.Array> weights;
  private final Attention cross;
  private final Attention self;
  private final Tensor latents; // [1, n, c]
  private final Tensor queries; // [1, n, c]
  private final Layer crossLayer;
  private final List<Layer> selfLayers = new ArrayList<>();

  private record Layer(
      LayerNorm norm,
      Linear query,
      Linear key,
      Linear value,
      Linear output,
      LayerNorm mlpNorm,
      Linear hidden,
      Linear mlpOutput) {}

  Block(Backend backend, Map<String, SafetensorsFile.Array> weights, int heads, int layers) {
    this.backend = backend;
    this.weights = weights;
    latents = constant("latents");
    crossLayer = layer("cross", "cross.input_norm");
    for (int i = 0; i < layers; i++) {
      selfLayers.add(layer("self." + i, "self." + i + ".norm"));
    }
    int channels = latents.shape().channels();
    cross = Attention.of(heads, channels);
    self = Attention.of(heads, channels);
    try (Scope scope = backend.open(0)) {
      Tensor q =
          scope.linear(
              scope.normalize(latents, norm("cross.query_norm")),
              crossLayer.query(),
              Activation.NONE);
      float[] values = new float[(int) q.shape().size()];
      scope.download(q, values, 0);
      queries = backend.constant(q.shape(), values);
    }
  }

  private Layer layer(String name, String norm) {
    return new Layer(
        norm(norm),
        linear(name + ".attention.query"),
        linear(name + ".attention.key"),
        linear(name + ".attention.value"),
        linear(name + ".attention.output"),
        norm(name + ".mlp_norm"),
        linear(name + ".mlp.hidden"),
        linear(name + ".mlp.output"));
  }

  private Tensor constant(String name) {
    SafetensorsFile.Array array = weights.get("param." + name);
    long[] shape = array.shape();
    Shape axes =
        shape.length == 1
            ? Shape.vector((int) shape[0])
            : Shape.matrix((int) shape[0], (int) shape[1]);
    return backend.constant(axes, array.values());
  }

  private Linear linear(String name) {
    return new Linear(constant(name + ".weight"), constant(name + ".bias"));
  }

  private LayerNorm norm(String name) {
    return new LayerNorm(constant(name + ".weight"), constant(name + ".bias"), EPSILON);
  }

  /** inputs [g, m, c] -> latents [g, n, c], into the array; a group at a time. */
  void run(Scope scope, Shape shape, float[] inputs, float[] outputs) {
    int n = latents.shape().rows() * latents.shape().channels();
    for (int g = 0; g < shape.groups(); g++) {
      try (Scope inner = scope.inner()) {
        Shape one = new Shape(1, shape.rows(), shape.channels());
        Tensor x = inner.upload(one, inputs, g * (int) one.size());
        inner.download(group(inner, x), outputs, g * n);
      }
    }
  }

  private Tensor group(Scope scope, Tensor inputs) {
    Tensor z = latents;
    try (Scope inner = scope.inner()) {
      Tensor x = inner.normalize(inputs, crossLayer.norm());
      Tensor a =
          inner.attendTo(queries, x, crossLayer.key(), crossLayer.value(), cross, null);
      z = mlp(scope, inner, inner.linearPlus(a, crossLayer.output(), latents), crossLayer);
    }
    for (Layer layer : selfLayers) {
      try (Scope inner = scope.inner()) {
        Tensor x = inner.normalize(z, layer.norm());
        Tensor q = inner.linear(x, layer.query(), Activation.NONE);
        Tensor a = inner.attendTo(q, x, layer.key(), layer.value(), self, null);
        z = mlp(scope, inner, inner.linearPlus(a, layer.output(), z), layer);
      }
    }
    return z;
  }

  private static Tensor mlp(Scope scope, Scope inner, Tensor z, Layer layer) {
    Tensor x = inner.normalize(z, layer.mlpNorm());
    Tensor hidden = inner.linear(x, layer.hidden(), Activation.GELU);
    return scope.linearPlus(hidden, layer.mlpOutput(), z);
  }
}
