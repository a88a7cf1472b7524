package tributary.models.perceiverio;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.attention.FourierFeatures;
import tributary.attention.PerceiverDecoder;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Channels;
import tributary.models.perceiverio.PerceiverTask.Autoencoder;
import tributary.tensor.Activation;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Decodes video, sound and a label from the latents of one record (Hugging Face's
 * PerceiverMultimodalDecoder and its postprocessors): each modality's queries are padded with its
 * learned vector to a common width and stand one after the other in the order of the modalities'
 * names; one cross-attend decodes them all; then a linear layer of each modality. JVM-wide,
 * immutable.
 */
public final class PerceiverAutoencoder {
  private final Autoencoder task;
  private final Weights weights;
  private final PerceiverDecoder decoder;

  PerceiverAutoencoder(Autoencoder task, Weights weights, PerceiverDecoder decoder) {
    this.task = task;
    this.weights = weights;
    this.decoder = decoder;
  }

  /** Features of a video's grid [frames, height, width]: inputs' patches, queries' pixels. */
  public static FourierFeatures videoFeatures(Autoencoder task) {
    return new FourierFeatures(
        Autoencoder.IMAGE_BANDS, List.of(task.frames(), task.size(), task.size()));
  }

  /** Features of a sound's tokens; as published their resolution is the number of its samples. */
  public static FourierFeatures soundFeatures(Autoencoder task) {
    return new FourierFeatures(Autoencoder.AUDIO_BANDS, List.of(task.frames() * task.samples()));
  }

  /** The label's learned query: [1, c]. */
  public float[] labelQuery() {
    return weights.values("output.queries");
  }

  /**
   * Decodes.
   *
   * @param latents [1, K, C]
   * @param queries by modality (audio, image, label): [n, c] without their padding, such as {@link
   *     tributary.attention.FourierFeatures} of a grid or of a part of it
   * @param part queries at once; the result does not depend on it but by rounding
   * @return by modality: audio [n, samples a token], image [n, 3], label [n, labels]
   */
  public SortedMap<String, float[]> decode(
      Scope scope, Tensor latents, Map<String, float[]> queries, int part) {
    TreeMap<String, float[]> padded = new TreeMap<>();
    int values = 0;
    for (Map.Entry<String, float[]> e : queries.entrySet()) {
      float[] own = pad(e.getKey(), e.getValue());
      padded.put(e.getKey(), own);
      values = Math.addExact(values, own.length);
    }
    float[] all = new float[values];
    int at = 0;
    for (float[] own : padded.values()) {
      System.arraycopy(own, 0, all, at, own.length);
      at += own.length;
    }
    float[] decoded = decoder.decode(scope, all, latents, part);
    TreeMap<String, float[]> out = new TreeMap<>();
    int row = 0;
    for (Map.Entry<String, float[]> e : padded.entrySet()) {
      int n = e.getValue().length / decoder.queryChannels();
      out.put(e.getKey(), finish(scope, e.getKey(), decoded, row, n));
      row += n;
    }
    return out;
  }

  private float[] pad(String modality, float[] queries) {
    if (!weights.has("output.padding." + modality)) {
      throw Invalid.argument("modality", modality, "one of [audio, image, label]");
    }
    int width = task.queryChannels(modality);
    if (queries.length % width != 0) {
      throw Invalid.argument(
          "queries of " + modality, queries.length + " values", "channels: " + width);
    }
    return Channels.repeat(queries, width, weights.values("output.padding." + modality));
  }

  private float[] finish(Scope scope, String modality, float[] decoded, int row, int n) {
    try (Scope inner = scope.inner()) {
      Tensor x = inner.upload(Shape.matrix(n, decoder.outputs()), decoded, row * decoder.outputs());
      Tensor y = inner.linear(x, weights.linear("output." + modality), Activation.NONE);
      float[] out = inner.values(y);
      return out;
    }
  }
}
