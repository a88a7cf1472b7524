package tributary.model;

/**
 * How one kind of signal becomes tokens. A part of the model: weights depend on it. `channels` is
 * the width of a token.
 *
 * <p>The golden cases know no kinds: there a modality is {@link Raw}.
 */
public sealed interface ModalitySpec {
  /**
   * Width of a token: what the embedding layer takes. For text, the number of rows of the embedding
   * table.
   */
  int channels();

  /**
   * The name in configurations: text, image, pixels, audio, video, vectors, series, points, raw.
   */
  String kind();

  /**
   * Whether each cell's tokens follow a scale token, which says what was taken out of them: offset
   * and scale. Its last channel is 1, that of all others 0.
   */
  default boolean scaled() {
    return false;
  }

  /**
   * Whether a token is a scale token.
   *
   * @param values [tokens, channels]
   */
  default boolean isScale(float[] values, int token) {
    return scaled() && values[(token + 1) * channels() - 1] == 1;
  }

  /**
   * UTF-8 bytes by an embedding table of 259 rows: byte b is row b, then pad (256), mask (257), end
   * (258).
   */
  record Text() implements ModalitySpec {
    public static final int ROWS = 259;
    public static final int PAD = 256;
    public static final int MASK = 257;

    @Override
    public int channels() {
      return ROWS;
    }

    @Override
    public String kind() {
      return "text";
    }
  }

  /**
   * Patches of p x p x 3 of a canvas x canvas picture, values in [-1, 1]. The picture is scaled so
   * that its longer side fills the canvas, composited over white and centred on white; the patches
   * in `raster` or `morton` order.
   */
  record Image(int canvas, int patch, Order order) implements ModalitySpec {
    /** Order of the patches, and so of the groups. */
    public enum Order {
      RASTER,
      MORTON
    }

    @Override
    public int channels() {
      return Math.multiplyExact(Math.multiplyExact(patch, patch), 3);
    }

    @Override
    public String kind() {
      return "image";
    }
  }

  /**
   * The pixels of a picture as Perceiver IO's published checkpoints take them: the middle square of
   * size / crop of the shorter side, resized to size x size, normalised by ImageNet's mean and
   * deviation; a token a pixel, in raster order.
   *
   * @param size 224 as published
   * @param crop 256 as published (crop_size of preprocessor_config.json); at least the size
   */
  record Pixels(int size, int crop) implements ModalitySpec {
    /** The published crop. */
    public static final int CROP = 256;

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public String kind() {
      return "pixels";
    }
  }

  /**
   * Mono sound at `rate` samples a second. RAW: frames of `frame` samples every `hop`. LOG_MEL:
   * natural logarithm of `bands` mel bands of a Hann window of `frame` samples every `hop`.
   */
  record Audio(int rate, Form form, int frame, int hop, int bands) implements ModalitySpec {
    /** What a token is. */
    public enum Form {
      RAW,
      LOG_MEL
    }

    @Override
    public int channels() {
      return form == Form.RAW ? frame : bands;
    }

    @Override
    public String kind() {
      return "audio";
    }
  }

  /**
   * Patches in space and time: `frames` frames of a video, `rate` a second, each as an {@link
   * Image} of the canvas; a token is [frames, patch, patch, 3] of one place. Layers of patches
   * follow each other in time, the last one filled up with the last frame; within a layer the
   * patches are in `raster` or `morton` order.
   */
  record Video(int canvas, int patch, double rate, int frames, Image.Order order)
      implements ModalitySpec {
    /** A frame. */
    public Image frame() {
      return new Image(canvas, patch, order);
    }

    @Override
    public int channels() {
      return Math.multiplyExact(frames, frame().channels());
    }

    @Override
    public String kind() {
      return "video";
    }
  }

  /** Embeddings made elsewhere, one token a vector of `width` values. */
  record Vectors(int width) implements ModalitySpec {
    @Override
    public int channels() {
      return width;
    }

    @Override
    public String kind() {
      return "vectors";
    }
  }

  /**
   * `values` value channels, then sine and cosine of time at `bands` periods, geometric from
   * `shortest` to `longest` (in the unit of t; seconds for a timestamp). ZSCORE: the values of a
   * cell less their mean, in standard deviations, behind one scale token that holds both; tokens
   * then have a channel more per value, and one that is 1 in the scale token.
   */
  record Series(int values, int bands, double shortest, double longest, Normalize normalize)
      implements ModalitySpec {
    /** What a token's values are. */
    public enum Normalize {
      /** As they came. */
      NONE,
      /** Deviations from the mean of the cell, channel by channel. */
      ZSCORE
    }

    /** Values as they came. */
    public Series(int values, int bands, double shortest, double longest) {
      this(values, bands, shortest, longest, Normalize.NONE);
    }

    @Override
    public int channels() {
      return values + 2 * bands + (scaled() ? values + 1 : 0);
    }

    @Override
    public boolean scaled() {
      return normalize == Normalize.ZSCORE;
    }

    @Override
    public String kind() {
      return "series";
    }
  }

  /**
   * Coordinates in `dimensions` dimensions; Morton-ordered within the cell they came in, or as
   * given (RASTER). UNIT: the points of a cell about their mean, the farthest at distance 1, behind
   * one scale token that says where and how large they were; tokens then have two channels more,
   * the last of which is 1 in the scale token.
   *
   * @param points drawn from the surface of a mesh, by area
   * @param seed of those draws
   */
  record Points(int dimensions, Image.Order order, Normalize normalize, int points, int seed)
      implements ModalitySpec {
    /** Points of a mesh unless a model says otherwise. */
    public static final int POINTS = 2048;

    /** What the coordinates of a token are. */
    public enum Normalize {
      /** As they came. */
      NONE,
      /** About the mean of the cell, in its radii. */
      UNIT
    }

    /** Coordinates as they came. */
    public Points(int dimensions, Image.Order order) {
      this(dimensions, order, Normalize.NONE, POINTS, 0);
    }

    @Override
    public int channels() {
      return dimensions + (scaled() ? 2 : 0);
    }

    @Override
    public boolean scaled() {
      return normalize == Normalize.UNIT;
    }

    @Override
    public String kind() {
      return "points";
    }
  }

  /**
   * Tokens as they are, `channels` values each: golden cases and callers with their own tokenizer.
   */
  record Raw(int channels) implements ModalitySpec {
    @Override
    public String kind() {
      return "raw";
    }
  }
}
