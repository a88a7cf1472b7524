package tributary.tokenize;

import tributary.base.Invalid;
import tributary.model.ModalitySpec;
import tributary.read.Signal;

/**
 * Pictures, frames and sounds -> what the published Perceiver IO checkpoints were trained on: the
 * step before {@code tributary.models.perceiverio.PerceiverInputs}. Colours are taken as they are,
 * alpha is dropped, as Pillow's convert("RGB") does. Stateless.
 */
public final class PerceiverPixels {
  private static final int RGB = 3;

  /** Means and deviations of ImageNet's training pictures (IMAGENET_DEFAULT_MEAN, _STD). */
  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};

  private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

  private PerceiverPixels() {}

  /**
   * A picture of any size as Hugging Face's PerceiverImageProcessor makes it: the middle int(size /
   * crop * shorter side) square cut out, its bytes resized bicubically by Pillow's own arithmetic
   * to size x size, times 1/255, minus ImageNet's mean, divided by its deviation, channel by
   * channel.
   *
   * <p>Quirks, copied: the square is 7/8 of the shorter side (224 of 256), rounded down, so a
   * picture smaller than 256 is not padded, as its docstring says it is; an odd margin leaves its
   * extra pixel below and on the right. The resized picture is bytes again before it is normalised.
   *
   * @return [size, size, 3]
   * @throws IllegalArgumentException where no pixel is left of the square
   */
  public static float[] picture(Signal.Image image, ModalitySpec.Pixels spec) {
    int size = spec.size();
    int side = side(image, spec);
    if (side < 1) {
      throw Invalid.argument(
          "picture",
          image.width() + " x " + image.height(),
          "a shorter side of which " + size + "/" + spec.crop() + " is at least a pixel");
    }
    int top = Math.floorDiv(image.height() - side, 2);
    int left = Math.floorDiv(image.width() - side, 2);
    int[] bytes =
        PillowBicubic.resize(y -> row(image, top + y, left, side), side, side, size, size);
    float[] out = new float[bytes.length];
    for (int i = 0; i < out.length; i++) {
      float x = (float) (bytes[i] * (1.0 / 255));
      out[i] = (x - MEAN[i % RGB]) / DEVIATION[i % RGB];
    }
    return out;
  }

  /** Side of the square that is cut out of a picture; 0 where nothing would be left. */
  static int side(Signal.Image image, ModalitySpec.Pixels spec) {
    int shorter = Math.min(image.width(), image.height());
    return (int) ((double) spec.size() / spec.crop() * shorter);
  }

  /** The way back from normalised pixels [n, 3] to those of a canvas, values in [-1, 1]. */
  public static float[] canvas(float[] pixels) {
    float[] out = new float[pixels.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = 2 * (pixels[i] * DEVIATION[i % RGB] + MEAN[i % RGB]) - 1;
    }
    return out;
  }

  /**
   * Two frames of equal size for optical flow, as DeepMind's patches_for_flow and its notebook make
   * them: values / 255 * 2 - 1, then of each frame each pixel's 3 x 3 neighbourhood, row by row,
   * colours innermost; beyond the edge it is 0, a mean grey. Frames are not resized: as published,
   * a caller cuts greater ones into tiles of the trained size (368 x 496), and multiplies the flow
   * that comes out by 20.
   *
   * @return [2, 27, height, width]
   */
  public static float[] flow(Signal.Image first, Signal.Image second) {
    int h = first.height();
    int w = first.width();
    if (second.height() != h || second.width() != w) {
      throw Invalid.argument(
          "frames",
          w + " x " + h + " and " + second.width() + " x " + second.height(),
          "of one size");
    }
    float[] out = new float[Math.multiplyExact(2 * 9 * RGB, h * w)];
    patches(first, out, 0);
    patches(second, out, 9 * RGB * h * w);
    return out;
  }

  private static void patches(Signal.Image frame, float[] out, int at) {
    int h = frame.height();
    int w = frame.width();
    for (int p = 0; p < 9 * RGB; p++) {
      int dy = p / (3 * RGB) - 1;
      int dx = p / RGB % 3 - 1;
      for (int i = 0; i < h * w; i++) {
        int y = i / w + dy;
        int x = i % w + dx;
        if (y >= 0 && y < h && x >= 0 && x < w) {
          out[at + p * h * w + i] = colour(frame.argb()[y * w + x], p % RGB) / 255f * 2 - 1;
        }
      }
    }
  }

  /**
   * A frame of the autoencoder's video as DeepMind's notebook makes it: the middle square (begun at
   * half the length minus half the side, each rounded down), resized bilinearly, not smoothed
   * before shrinking, rounded to bytes, / 255. Its cv2.resize weighs in fixed point of 11 bits, we
   * in double: a byte may differ by 1.
   *
   * @return [size, size, 3], values in [0, 1]
   */
  public static float[] frame(Signal.Image image, int size) {
    int side = Math.min(image.width(), image.height());
    if (side < 1) {
      throw Invalid.argument("frame", image.width() + " x " + image.height(), "at least 1 x 1");
    }
    int top = image.height() / 2 - side / 2;
    int left = image.width() / 2 - side / 2;
    float[] out = new float[size * size * RGB];
    for (int i = 0; i < out.length; i++) {
      double y = place(i / RGB / size, side, size);
      double x = place(i / RGB % size, side, size);
      int next = Math.min(side - 1, (int) y + 1);
      double above = between(image, top + (int) y, left, x, side, i % RGB);
      double below = between(image, top + next, left, x, side, i % RGB);
      double value = above + (y - (int) y) * (below - above);
      out[i] = Math.round(value) / 255f;
    }
    return out;
  }

  private static double place(int i, int side, int size) {
    return Math.max(0, Math.min(side - 1.0, (i + 0.5) * side / size - 0.5));
  }

  private static double between(Signal.Image image, int row, int from, double at, int side, int c) {
    int left = row * image.width() + from + (int) at;
    int right = row * image.width() + from + Math.min(side - 1, (int) at + 1);
    double a = colour(image.argb()[left], c);
    double b = colour(image.argb()[right], c);
    return a + (at - (int) at) * (b - a);
  }

  /**
   * Sound for the autoencoder as DeepMind's notebook takes it: the first channel alone (no mean
   * over channels), samples / 2^15, for `frames` frames of `perFrame` samples (1,920: 48 kHz at 25
   * frames a second; a sound of another rate is resampled before).
   *
   * @param pcm 16-bit samples, [n, channels]
   */
  public static float[] sound(short[] pcm, int channels, int frames, int perFrame) {
    int n = Math.multiplyExact(frames, perFrame);
    if (channels < 1 || pcm.length / channels < n) {
      throw Invalid.argument(
          "sound",
          pcm.length + " values in " + channels + " channels",
          "at least " + n + " samples each");
    }
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = pcm[i * channels] / 32768f;
    }
    return out;
  }

  /** Bytes of part of a row: [width, 3]. */
  private static int[] row(Signal.Image image, int y, int left, int width) {
    int[] rgb = new int[width * RGB];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = colour(image.argb()[y * image.width() + left + i / RGB], i % RGB);
    }
    return rgb;
  }

  private static int colour(int argb, int c) {
    return (argb >> (16 - 8 * c)) & 255;
  }
}
