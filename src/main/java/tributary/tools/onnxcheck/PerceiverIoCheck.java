package tributary.tools.onnxcheck;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tributary.model.Model;
import tributary.models.perceiverio.PerceiverIoConfig;
import tributary.models.perceiverio.PerceiverIoModel;
import tributary.models.perceiverio.PerceiverTask;
import tributary.models.perceiverio.PerceiverTask.Autoencoder;
import tributary.models.perceiverio.PerceiverTask.Flow;
import tributary.models.perceiverio.PerceiverTask.LearnedImage;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;

/**
 * Perceiver IO's exported graphs in ONNX Runtime beside the model itself, on one signal by seed:
 * the latents, their mean, and what the decoder makes of them.
 */
final class PerceiverIoCheck {
  /** Elements of what may have any length, and points that are decoded of what has many. */
  private static final int SOME = 37;

  private static final int HEIGHT = 21;

  /** Queries of a call. */
  private static final int PART = 1 << 12;

  private final PerceiverIoConfig config;
  private final PerceiverIoModel own;
  private final Random random = new Random(1);
  private double worst;

  private PerceiverIoCheck(PerceiverIoModel own) {
    this.config = own.config();
    this.own = own;
  }

  /** The largest difference over max(1, largest |x|), output by output. */
  static double difference(Model model, Backend backend, List<Path> files) {
    try (PerceiverIoModel own = new PerceiverIoModel(model, backend);
        Scope scope = backend.open(0)) {
      PerceiverIoCheck check = new PerceiverIoCheck(own);
      Map<String, float[]> encoded = new LinkedHashMap<>();
      Tensor latents = check.encoder(scope, files.get(0), encoded);
      if (files.size() > 1) {
        try (OnnxSession decoder = new OnnxSession(files.get(1), 1)) {
          check.decoder(scope, decoder, latents, encoded);
        }
      }
      return check.worst;
    }
  }

  private void compare(float @Nullable [] theirs, float[] ours) {
    double difference = Difference.ofLargest(Objects.requireNonNull(theirs), ours);
    worst = Math.max(worst, difference); // NaN stays
  }

  private void compare(float @Nullable [] theirs, Scope scope, Tensor ours) {
    float[] values = scope.values(ours);
    compare(theirs, values);
  }

  /** Our latents; theirs go to `encoded`. */
  private Tensor encoder(Scope scope, Path file, Map<String, float[]> encoded) {
    Map<String, Input> inputs = new LinkedHashMap<>();
    Tensor x = inputs(scope, inputs);
    Mask mask = mask(x.shape().rows());
    if (masked()) {
      inputs.put("mask", new Input(mask.allowed(), 1, mask.keys()));
    }
    Tensor z = own.latents(scope, x, masked() ? mask : null);
    try (OnnxSession session = new OnnxSession(file, 1)) {
      encoded.putAll(session.runAll(inputs));
    }
    compare(encoded.get("latents"), scope, z);
    compare(encoded.get("embedding"), scope, own.embed(scope, z));
    if (config.task() instanceof Flow) {
      compare(encoded.get("inputs"), scope, x);
    }
    return z;
  }

  private boolean masked() {
    PerceiverTask task = config.task();
    return task instanceof PerceiverTask.Tokens || positions(task) > 0;
  }

  /** The first element, and every third one not. */
  private static Mask mask(int rows) {
    boolean[] allowed = new boolean[rows];
    for (int i = 0; i < rows; i++) {
      allowed[i] = i % 3 != 2;
    }
    return new Mask(allowed, 1, 1, rows);
  }

  /** Of a text's table; 0 where the task is no text. */
  private static int positions(PerceiverTask task) {
    if (task instanceof PerceiverTask.MaskedLanguage t) {
      return t.positions();
    }
    return task instanceof PerceiverTask.TextLabels t ? t.positions() : 0;
  }

  private float[] values(int n) {
    return Records.values(n, random);
  }

  /** What our latents attend to; what the graph takes goes to `inputs`. */
  private Tensor inputs(Scope scope, Map<String, Input> inputs) {
    PerceiverTask task = config.task();
    if (positions(task) > 0) {
      int[] ids = random.ints(Math.min(SOME, positions(task)), 0, 6 + 256).toArray();
      inputs.put("ids", new Input(Arrays.stream(ids).asLongStream().toArray(), 1, ids.length));
      return own.inputs().ids(scope, ids, 1);
    }
    if (task instanceof PerceiverTask.Tokens t) {
      float[] x = values(SOME * t.channels());
      inputs.put("inputs", new Input(x, 1, SOME, t.channels()));
      return scope.upload(Shape.matrix(SOME, t.channels()), x, 0);
    }
    if (task instanceof Flow t) {
      float[] frames = values(Flow.PATCH * t.height() * t.width());
      inputs.put("frames", new Input(frames, 1, 2, Flow.PATCH / 2, t.height(), t.width()));
      return own.inputs().frames(scope, frames);
    }
    if (task instanceof Autoencoder t) {
      int size = t.size();
      float[] video = values(t.frames() * size * size * 3);
      float[] sound = values(SOME * t.patch());
      inputs.put("video", new Input(video, 1, t.frames(), size, size, 3));
      inputs.put("sound", new Input(sound, 1, sound.length));
      return own.inputs().video(scope, video, t.frames(), size, size, sound);
    }
    int height = task instanceof LearnedImage t ? t.size() : HEIGHT;
    int width = task instanceof LearnedImage t ? t.size() : SOME;
    float[] pixels = values(height * width * 3);
    inputs.put("pixels", new Input(pixels, 1, height, width, 3));
    return own.inputs().picture(scope, pixels, height, width);
  }

  private void decoder(Scope scope, OnnxSession session, Tensor z, Map<String, float[]> encoded) {
    Shape shape = z.shape();
    Input latents =
        new Input(
            Objects.requireNonNull(encoded.get("latents")), 1, shape.rows(), shape.channels());
    if (config.task() instanceof Flow t) {
      flow(scope, session, t, z, latents, Objects.requireNonNull(encoded.get("inputs")));
    } else if (config.task() instanceof Autoencoder t) {
      autoencoder(scope, session, t, z, latents);
    } else {
      float[] logits = session.run(Map.of("latents", latents));
      compare(logits, scope, own.decode(scope, z));
    }
  }

  private void flow(
      Scope scope, OnnxSession session, Flow t, Tensor z, Input latents, float[] queries) {
    int n = t.height() * t.width();
    int width = t.inputChannels();
    float[] flow = new float[2 * n];
    for (int from = 0; from < n; from += PART) {
      int rows = Math.min(PART, n - from);
      float[] part = Arrays.copyOfRange(queries, from * width, (from + rows) * width);
      float[] y =
          session.run(Map.of("queries", new Input(part, 1, rows, width), "latents", latents));
      System.arraycopy(y, 0, flow, 2 * from, y.length);
    }
    Tensor x = scope.upload(Shape.matrix(n, width), queries, 0);
    compare(flow, own.flow(scope, x, z, PART));
  }

  private void autoencoder(
      Scope scope, OnnxSession session, Autoencoder t, Tensor z, Input latents) {
    Map<String, float[]> queries = new LinkedHashMap<>();
    Map<String, Input> inputs = new LinkedHashMap<>(Map.of("latents", latents));
    for (String m : List.of("audio", "image")) {
      float[] own = values(SOME * t.queryChannels(m));
      queries.put(m, own);
      inputs.put("queries." + m, new Input(own, 1, SOME, t.queryChannels(m)));
    }
    queries.put("label", own.autoencoder().labelQuery());
    Map<String, float[]> theirs = session.runAll(inputs);
    own.autoencoder().decode(scope, z, queries, PART).forEach((m, y) -> compare(theirs.get(m), y));
  }
}
