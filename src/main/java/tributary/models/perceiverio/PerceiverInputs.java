package tributary.models.perceiverio;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tributary.attention.FourierFeatures;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Channels;
import tributary.models.perceiverio.PerceiverTask.Autoencoder;
import tributary.models.perceiverio.PerceiverTask.ConvImage;
import tributary.models.perceiverio.PerceiverTask.Flow;
import tributary.models.perceiverio.PerceiverTask.FourierImage;
import tributary.models.perceiverio.PerceiverTask.LearnedImage;
import tributary.tensor.Activation;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Signals -> what Perceiver IO's latents attend to, as the checkpoint's own preprocessor does it
 * (Hugging Face's PerceiverTextPreprocessor, PerceiverImagePreprocessor,
 * PerceiverAudioPreprocessor, PerceiverMultimodalPreprocessor). Pixels are [height, width, 3],
 * already normalised. JVM-wide, immutable.
 */
public final class PerceiverInputs {
  private final PerceiverTask task;
  private final Weights weights;

  PerceiverInputs(PerceiverTask task, Weights weights) {
    this.task = task;
    this.weights = weights;
    upload();
  }

  /** Uploads now what is needed later, by many threads. */
  private void upload() {
    for (String name : List.of("input.embedding", "input.positions")) {
      if (weights.has(name)) {
        weights.table(name);
      }
    }
    for (String name : List.of("input.convolution", "input.projection", "input.patches")) {
      if (weights.has(name + ".weight")) {
        weights.linear(name);
      }
    }
  }

  private boolean text() {
    return task instanceof PerceiverTask.MaskedLanguage || task instanceof PerceiverTask.TextLabels;
  }

  /**
   * Ids of the model's vocabulary, embedding + position.
   *
   * @param ids [groups, n]; n at most the rows of the position table
   * @return [groups, n, c]
   */
  public Tensor ids(Scope scope, int[] ids, int groups) {
    if (!text()) {
      throw wrong("masked_lm or text_labels");
    }
    Tensor positions = weights.table("input.positions");
    int n = ids.length / Math.max(1, groups);
    if (n > positions.shape().rows()) {
      throw Invalid.argument("ids", n, "at most " + positions.shape().rows() + " positions");
    }
    Tensor x = scope.lookup(weights.table("input.embedding"), ids);
    Tensor grouped = scope.reshape(x, new Shape(groups, n, x.shape().channels()));
    int[] first = new int[n];
    for (int i = 0; i < n; i++) {
      first[i] = i;
    }
    return scope.add(grouped, scope.lookup(positions, first));
  }

  /** One picture, [height, width, 3]: [1, elements, c]. */
  public Tensor picture(Scope scope, float[] pixels, int height, int width) {
    if (pixels.length != (long) height * width * 3) {
      throw Invalid.argument(
          "pixels", pixels.length + " values", "[" + height + ", " + width + ", 3]");
    }
    if (task instanceof LearnedImage t) {
      if (height != t.size() || width != t.size()) {
        throw Invalid.argument("picture", height + " x " + width, t.size() + " x " + t.size());
      }
      Tensor x = scope.upload(Shape.matrix(height * width, 3), pixels, 0);
      float[] own =
          scope.values(scope.linear(x, weights.linear("input.convolution"), Activation.NONE));
      Tensor table = weights.table("input.positions");
      float[] at =
          scope.values(scope.linear(table, weights.linear("input.projection"), Activation.NONE));
      return beside(scope, own, at, height * width);
    }
    if (task instanceof FourierImage) {
      List<Integer> resolution = List.of(FourierImage.RESOLUTION, FourierImage.RESOLUTION);
      float[] at = new FourierFeatures(FourierImage.BANDS, resolution).grid(List.of(height, width));
      return beside(scope, pixels, at, height * width);
    }
    if (task instanceof ConvImage) {
      Stem stem = new Stem(weights);
      float[] own = stem.apply(scope, pixels, height, width);
      List<Integer> grid = List.of(Stem.side(height), Stem.side(width));
      List<Integer> resolution = List.of(ConvImage.RESOLUTION, ConvImage.RESOLUTION);
      float[] at = new FourierFeatures(ConvImage.BANDS, resolution).grid(grid);
      return beside(scope, own, at, grid.get(0) * grid.get(1));
    }
    throw wrong("image_learned, image_fourier or image_conv");
  }

  /**
   * Two frames for optical flow.
   *
   * @param patches [2, 27, height, width]: of each frame each pixel's 3 x 3 neighbourhood
   * @return [1, height * width, c]
   */
  public Tensor frames(Scope scope, float[] patches) {
    if (!(task instanceof Flow t)) {
      throw wrong("optical_flow");
    }
    int n = t.height() * t.width();
    if (patches.length != (long) Flow.PATCH * n) {
      throw Invalid.argument(
          "frames", patches.length + " values", "[2, 27, " + t.height() + ", " + t.width() + "]");
    }
    float[] x = new float[patches.length];
    for (int c = 0; c < Flow.PATCH; c++) {
      for (int i = 0; i < n; i++) {
        x[i * Flow.PATCH + c] = patches[c * n + i];
      }
    }
    Tensor in = scope.upload(Shape.matrix(n, Flow.PATCH), x, 0);
    float[] own = scope.values(scope.linear(in, weights.linear("input.patches"), Activation.NONE));
    List<Integer> grid = List.of(t.height(), t.width());
    return beside(scope, own, new FourierFeatures(Flow.BANDS, grid).grid(grid), n);
  }

  /**
   * Video, sound and label of one record, one after the other in the order of their names, each
   * padded with its learned vector to the common width. As published the label's token is wholly
   * replaced by its learned mask, so that the label itself is never seen.
   *
   * @param video [frames, height, width, 3]
   * @param sound [samples]; a multiple of a token's samples
   * @return [1, tokens, c]
   */
  public Tensor video(
      Scope scope, float[] video, int frames, int height, int width, float[] sound) {
    if (!(task instanceof Autoencoder t)) {
      throw wrong("autoencoder");
    }
    Map<String, float[]> parts = new TreeMap<>();
    parts.put("image", pad(t, "image", image(t, video, frames, height, width)));
    parts.put("audio", pad(t, "audio", sound(t, sound)));
    parts.put("label", weights.values("input.mask.label"));
    int c = t.inputChannels();
    List<Tensor> tensors = new ArrayList<>();
    parts.values().forEach(p -> tensors.add(scope.upload(Shape.matrix(p.length / c, c), p, 0)));
    return scope.concatRows(tensors);
  }

  private static float[] image(Autoencoder t, float[] video, int frames, int height, int width) {
    int p = Autoencoder.IMAGE_PATCH;
    if (frames < 1
        || height % p != 0
        || width % p != 0
        || height < p
        || width < p
        || video.length != (long) frames * height * width * 3) {
      throw Invalid.argument(
          "video",
          video.length + " values",
          "[" + frames + ", " + height + ", " + width + ", 3], height and width multiples of " + p);
    }
    int h = height / p;
    int w = width / p;
    int size = p * p * 3;
    float[] x = new float[video.length];
    for (int i = 0; i < frames * h * w; i++) {
      int f = i / (h * w);
      int y = i / w % h;
      for (int dy = 0; dy < p; dy++) {
        int from = ((f * height + y * p + dy) * width + i % w * p) * 3;
        System.arraycopy(video, from, x, i * size + dy * p * 3, p * 3);
      }
    }
    float[] at = PerceiverAutoencoder.videoFeatures(t).grid(List.of(frames, h, w));
    return Channels.join(x, size, at, at.length / (frames * h * w));
  }

  private static float[] sound(Autoencoder t, float[] sound) {
    if (sound.length == 0 || sound.length % t.patch() != 0) {
      throw Invalid.argument("sound", sound.length + " samples", "a multiple of " + t.patch());
    }
    int n = sound.length / t.patch();
    float[] at = PerceiverAutoencoder.soundFeatures(t).grid(List.of(n));
    return Channels.join(sound, t.patch(), at, at.length / n);
  }

  private float[] pad(Autoencoder t, String modality, float[] tokens) {
    float[] padding = weights.values("input.padding." + modality);
    int width = t.tokenChannels(modality);
    return Channels.repeat(tokens, width, padding);
  }

  private static Tensor beside(Scope scope, float[] x, float[] at, int n) {
    float[] joined = Channels.join(x, x.length / n, at, at.length / n);
    return scope.upload(Shape.matrix(n, joined.length / n), joined, 0);
  }

  private IllegalArgumentException wrong(String expected) {
    return Invalid.argument("task", task.name(), expected);
  }
}
