package tributary.tools.bench;

import java.util.Arrays;
import tributary.model.ModalitySpec;
import tributary.read.Payload;
import tributary.read.Signal;
import tributary.tokenize.TokenBlock;
import tributary.tokenize.Tokenizer;
import tributary.tokenize.Tokens;

/** Tokens beside their definitions, written to be read: what must hold before they are timed. */
final class TokenChecks {
  private static final int RGB = 3;

  /** Values are looked at in such steps; a prime, so that all places have their turn. */
  private static final int EVERY = 97;

  private final ModalitySpec spec;

  TokenChecks(ModalitySpec spec) {
    this.spec = spec;
  }

  /**
   * The number of the tokens.
   *
   * @throws IllegalStateException where they are wrong
   */
  int check(String kind, Payload payload, Tokens tokens) {
    Signal signal = payload.signal();
    if (signal instanceof Signal.Text text) {
      return text(kind, text, tokens);
    }
    float[] values = values(tokens);
    if (signal instanceof Signal.Image image && spec instanceof ModalitySpec.Image s) {
      picture(kind, image, s, values);
    } else if (signal instanceof Signal.Audio audio && spec instanceof ModalitySpec.Audio s) {
      sound(kind, audio, s, values);
    } else if (signal instanceof Signal.Series series && spec instanceof ModalitySpec.Series s) {
      series(kind, series, s, values);
    } else if (signal instanceof Signal.Points points) {
      points(kind, points, values);
    } else {
      throw Checks.wrong(kind, "of " + spec.kind());
    }
    return values.length / spec.channels();
  }

  private static int text(String kind, Signal.Text text, Tokens tokens) {
    int at = 0;
    for (TokenBlock block = tokens.next(); block != null; block = tokens.next()) {
      byte[] ids = ((TokenBlock.Ids) block).ids();
      int end = Math.min(text.utf8().length, at + ids.length);
      if (!Arrays.equals(ids, Arrays.copyOfRange(text.utf8(), at, end))) {
        throw Checks.wrong(kind, "other bytes from " + at + " on");
      }
      at = end;
    }
    count(kind, at, text.utf8().length);
    return at;
  }

  private static float[] values(Tokens tokens) {
    float[] all = {};
    for (TokenBlock block = tokens.next(); block != null; block = tokens.next()) {
      float[] values = ((TokenBlock.Values) block).values();
      int at = all.length;
      all = Arrays.copyOf(all, at + values.length);
      System.arraycopy(values, 0, all, at, values.length);
    }
    return all;
  }

  private static void count(String kind, int found, int expected) {
    if (found != expected) {
      throw Checks.wrong(kind, found + " values for " + expected);
    }
  }

  private static void near(String kind, int place, double found, double expected) {
    if (!(Math.abs(found - expected) <= 1e-5)) {
      throw Checks.wrong(kind, found + " for " + expected + " at " + place);
    }
  }

  /** Opaque pictures that are smaller than the canvas: bilinear between pixel centres. */
  private static void picture(
      String kind, Signal.Image image, ModalitySpec.Image spec, float[] values) {
    int side = spec.canvas();
    int grid = side / spec.patch();
    int[] places = Tokenizer.patches(spec);
    count(kind, values.length, places.length * spec.channels());
    double factor = (double) side / Math.max(image.width(), image.height());
    int width = (int) Math.floor(image.width() * factor + 0.5);
    int height = (int) Math.floor(image.height() * factor + 0.5);
    for (int i = 0; i < values.length; i += EVERY) {
      int place = places[i / spec.channels()];
      int within = i % spec.channels() / RGB;
      int x = place % grid * spec.patch() + within % spec.patch() - (side - width) / 2;
      int y = place / grid * spec.patch() + within / spec.patch() - (side - height) / 2;
      boolean inside = x >= 0 && x < width && y >= 0 && y < height;
      near(kind, i, values[i], inside ? bilinear(image, x, y, width, height, i % RGB) : 1);
    }
  }

  private static double bilinear(Signal.Image image, int x, int y, int width, int height, int c) {
    double column = (x + 0.5) * image.width() / width - 0.5;
    double row = (y + 0.5) * image.height() / height - 0.5;
    double left = Math.floor(column);
    double top = Math.floor(row);
    double above = between(image, left, top, column - left, c);
    double below = between(image, left, top + 1, column - left, c);
    return (above + (row - top) * (below - above)) / 127.5 - 1;
  }

  private static double between(Signal.Image image, double left, double row, double u, int c) {
    int y = (int) Math.max(0, Math.min(image.height() - 1, row));
    int a = (int) Math.max(0, Math.min(image.width() - 1, left));
    int b = (int) Math.max(0, Math.min(image.width() - 1, left + 1));
    int shift = 16 - 8 * c;
    double from = image.argb()[y * image.width() + a] >> shift & 255;
    double to = image.argb()[y * image.width() + b] >> shift & 255;
    return from + u * (to - from);
  }

  /**
   * As many frames as the samples at the model's rate have, none below the floor of ln; what is in
   * them is the tests' matter.
   */
  private static void sound(
      String kind, Signal.Audio audio, ModalitySpec.Audio spec, float[] values) {
    long samples = 0;
    float[] read = new float[4096 * audio.channels()];
    try (Signal.PcmStream pcm = audio.pcm().open()) {
      for (int n = pcm.read(read, 4096); n >= 0; n = pcm.read(read, 4096)) {
        samples += n;
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException("Cannot check " + kind + ": " + e.getMessage(), e);
    }
    long there = (samples * spec.rate() + audio.rate() - 1) / audio.rate();
    long more = Math.max(0, there - spec.frame() + spec.hop() - 1) / spec.hop();
    count(kind, values.length, there == 0 ? 0 : (int) (1 + more) * spec.bands());
    for (float value : values) {
      if (!(value >= (float) Math.log(1e-10) && value < 20)) {
        throw Checks.wrong(kind, "a band of " + value);
      }
    }
  }

  private static void series(
      String kind, Signal.Series series, ModalitySpec.Series spec, float[] values) {
    int channels = spec.channels();
    count(kind, values.length, series.times().length * channels);
    for (int i = 0; i < series.times().length; i++) {
      for (int c = 0; c < spec.values(); c++) {
        near(kind, i, values[i * channels + c], series.values()[i * spec.values() + c]);
      }
      for (int k = 0; k < spec.bands(); k++) {
        double exponent = spec.bands() == 1 ? 0 : k / (spec.bands() - 1.0);
        double period = spec.shortest() * Math.pow(spec.longest() / spec.shortest(), exponent);
        double phase = 2 * Math.PI * (series.times()[i] % period / period);
        int at = i * channels + spec.values() + 2 * k;
        near(kind, at, values[at], Math.sin(phase));
        near(kind, at + 1, values[at + 1], Math.cos(phase));
      }
    }
  }

  /** Those given, each not before its predecessor in the order of its interleaved bits. */
  private static void points(String kind, Signal.Points points, float[] values) {
    int width = points.dimensions();
    float[] given = new float[points.coordinates().length];
    for (int i = 0; i < given.length; i++) {
      given[i] = (float) points.coordinates()[i];
    }
    count(kind, values.length, given.length);
    for (int d = 0; d < width; d++) {
      if (!Arrays.equals(axis(given, d, width), axis(values, d, width))) {
        throw Checks.wrong(kind, "other points");
      }
    }
    long[] codes = codes(values, width);
    for (int i = 1; i < codes.length; i++) {
      if (codes[i] < codes[i - 1]) {
        throw Checks.wrong(kind, "point " + i + " is before its predecessor");
      }
    }
  }

  /** Sorted. */
  private static float[] axis(float[] points, int d, int width) {
    float[] axis = new float[points.length / width];
    for (int i = 0; i < axis.length; i++) {
      axis[i] = points[i * width + d];
    }
    Arrays.sort(axis);
    return axis;
  }

  /** Cells of 16 bits a dimension, interleaved; at most three dimensions. */
  private static long[] codes(float[] points, int width) {
    long[] codes = new long[points.length / width];
    for (int d = 0; d < width; d++) {
      float[] axis = axis(points, d, width);
      double low = axis[0];
      double extent = axis[axis.length - 1] - low;
      for (int i = 0; i < codes.length; i++) {
        int cell = (int) ((points[i * width + d] - low) / extent * 65535);
        for (int bit = 0; bit < 16; bit++) {
          codes[i] |= (cell >> bit & 1L) << bit * width + d;
        }
      }
    }
    return codes;
  }
}
