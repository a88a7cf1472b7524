package tributary.tools.parity;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tributary.attention.FourierFeatures.Positions;
import tributary.config.Problems;
import tributary.model.ModelFiles;
import tributary.model.Weight;
import tributary.models.perceiverio.PerceiverAutoencoder;
import tributary.models.perceiverio.PerceiverIoConfig;
import tributary.models.perceiverio.PerceiverIoModel;
import tributary.models.perceiverio.PerceiverTask.Autoencoder;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tools.huggingface.PerceiverCheckpoint;
import tributary.tools.huggingface.PerceiverCheckpoint.Kind;

/**
 * Kinds hf_perceiver, hf_perceiver_masked_lm, hf_perceiver_text_labels, hf_perceiver_image_learned,
 * _fourier and _conv, hf_perceiver_optical_flow and hf_perceiver_multimodal: checkpoints under
 * Hugging Face's names, imported as users import them and run record by record.
 */
final class HuggingFacePerceiverCase implements CaseKind {
  private static final int PART = 16;

  @Override
  public Map<String, float[]> outputs(GoldenCase golden, Backend backend) {
    Kind kind =
        switch (golden.kind()) {
          case "hf_perceiver" -> Kind.MODEL;
          case "hf_perceiver_masked_lm" -> Kind.MASKED_LM;
          case "hf_perceiver_text_labels" -> Kind.SEQUENCE_CLASSIFICATION;
          case "hf_perceiver_image_learned" -> Kind.IMAGE_LEARNED;
          case "hf_perceiver_image_conv" -> Kind.IMAGE_CONV;
          case "hf_perceiver_image_fourier" -> Kind.IMAGE_FOURIER;
          case "hf_perceiver_optical_flow" -> Kind.OPTICAL_FLOW;
          case "hf_perceiver_multimodal" -> Kind.MULTIMODAL;
          default -> throw new IllegalArgumentException("Invalid kind: " + golden.kind());
        };
    Problems problems = new Problems();
    PerceiverIoConfig config = PerceiverCheckpoint.config(kind, golden.config(), problems);
    problems.refuse();
    Map<String, Weight> weights = PerceiverCheckpoint.weights(golden.weights());
    try (PerceiverIoModel model =
        new PerceiverIoModel(ModelFiles.model(config, weights, "golden case"), backend)) {
      return switch (kind) {
        case OPTICAL_FLOW -> flow(golden, model, backend);
        case MULTIMODAL -> multimodal(golden, model, backend);
        default -> run(golden, kind, model, backend);
      };
    }
  }

  private static Map<String, float[]> flow(
      GoldenCase golden, PerceiverIoModel model, Backend backend) {
    try (Scope scope = backend.open(0)) {
      Tensor x = model.inputs().frames(scope, golden.input("frames").values());
      Tensor z = model.latents(scope, x, null);
      return Map.of("flow", model.flow(scope, x, z, PART));
    }
  }

  /** Some points of the video and of the sound, at the positions that are published for parts. */
  private static Map<String, float[]> multimodal(
      GoldenCase golden, PerceiverIoModel model, Backend backend) {
    if (!(model.config().task() instanceof Autoencoder task)) {
      throw new IllegalArgumentException("Invalid task: " + model.config().task().name());
    }
    long[] s = golden.shape("image"); // [1, frames, 3, height, width]
    int frames = (int) s[1];
    int height = (int) s[3];
    int width = (int) s[4];
    float[] given = golden.input("image").values();
    float[] video = new float[given.length];
    int pixels = height * width;
    for (int i = 0; i < video.length; i++) {
      video[i] = given[(i / (3 * pixels) * 3 + i % 3) * pixels + i / 3 % pixels];
    }
    try (Scope scope = backend.open(0)) {
      Tensor x =
          model.inputs().video(scope, video, frames, height, width, golden.input("audio").values());
      PerceiverAutoencoder decoder = model.autoencoder();
      Map<String, float[]> queries =
          Map.of(
              "label",
              decoder.labelQuery(),
              "image",
              PerceiverAutoencoder.videoFeatures(task)
                  .at(
                      List.of(frames, height, width),
                      points(golden, "points.image"),
                      Positions.SUBSAMPLED),
              "audio",
              PerceiverAutoencoder.soundFeatures(task)
                  .at(
                      List.of(task.frames() * task.samples() / task.patch()),
                      points(golden, "points.audio"),
                      Positions.SUBSAMPLED));
      return decoder.decode(scope, model.latents(scope, x, null), queries, PART);
    }
  }

  private static int[] points(GoldenCase golden, String name) {
    long[] given = golden.integers(name);
    int[] points = new int[given.length];
    Arrays.setAll(points, i -> (int) given[i]);
    return points;
  }

  private static Map<String, float[]> run(
      GoldenCase golden, Kind kind, PerceiverIoModel model, Backend backend) {
    String input =
        switch (kind) {
          case MODEL -> "inputs";
          case MASKED_LM, SEQUENCE_CLASSIFICATION -> "input_ids";
          default -> "pixels";
        };
    long[] shape = golden.shape(input);
    int batch = shape.length == 0 ? 0 : (int) shape[0];
    Map<String, float[]> out = new HashMap<>();
    for (int b = 0; b < batch; b++) {
      try (Scope scope = backend.open(0)) {
        Tensor x = inputs(golden, input, b, model, scope);
        Tensor z = model.latents(scope, x, mask(golden, b, x.shape().rows()));
        Tensor y = kind == Kind.MODEL ? z : model.decode(scope, z);
        int size = (int) y.shape().size();
        float[] all =
            out.computeIfAbsent(
                kind == Kind.MODEL ? "last_hidden_state" : "logits", n -> new float[batch * size]);
        scope.download(y, all, b * size);
      }
    }
    return out;
  }

  private static Tensor inputs(
      GoldenCase golden, String input, int b, PerceiverIoModel model, Scope scope) {
    long[] shape = golden.shape(input);
    if (input.equals("input_ids")) {
      int n = (int) shape[1];
      long[] given = golden.integers(input);
      int[] ids = new int[n];
      for (int i = 0; i < n; i++) {
        ids[i] = (int) given[b * n + i];
      }
      return model.inputs().ids(scope, ids, 1);
    }
    float[] x = golden.input(input).values();
    if (input.equals("inputs")) {
      int size = (int) (shape[1] * shape[2]);
      return scope.upload(Shape.matrix((int) shape[1], (int) shape[2]), x, b * size);
    }
    int height = (int) shape[2];
    int width = (int) shape[3];
    float[] pixels = new float[3 * height * width]; // [3, height, width] to [height, width, 3]
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = x[(b * 3 + i % 3) * height * width + i / 3];
    }
    return model.inputs().picture(scope, pixels, height, width);
  }

  private static Mask mask(GoldenCase golden, int b, int rows) {
    boolean[] allowed = new boolean[rows];
    Arrays.fill(allowed, true);
    if (golden.hasInput("attention_mask")) {
      System.arraycopy(golden.flags("attention_mask"), b * rows, allowed, 0, rows);
    }
    return new Mask(allowed, 1, 1, rows);
  }
}
