package tributary.codec.child;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * Frames to bytes of red, green, blue (and alpha), by swscale, exact and without dither: colours by
 * the frame's own matrix and range, where it names none by BT.601 as the library takes it. Keeps
 * its buffers from frame to frame.
 */
final class Rgb implements AutoCloseable {
  private static final int FLAGS =
      swscale.SWS_BICUBIC
          | swscale.SWS_ACCURATE_RND
          | swscale.SWS_FULL_CHR_H_INT
          | swscale.SWS_FULL_CHR_H_INP
          | swscale.SWS_BITEXACT;
  private static final int ONE = 1 << 16;

  /** Of colours (ITU-T H.273) that the library converts. */
  private static final Set<Integer> MATRICES =
      Set.of(
          avutil.AVCOL_SPC_RGB,
          avutil.AVCOL_SPC_BT709,
          avutil.AVCOL_SPC_UNSPECIFIED,
          avutil.AVCOL_SPC_FCC,
          avutil.AVCOL_SPC_BT470BG,
          avutil.AVCOL_SPC_SMPTE170M,
          avutil.AVCOL_SPC_SMPTE240M,
          avutil.AVCOL_SPC_BT2020_NCL,
          avutil.AVCOL_SPC_BT2020_CL);

  private int format;
  private int depth;
  private @Nullable SwsContext context;
  private int[] made = {};
  private @Nullable BytePointer pixels; // [height, stride]
  private int width;
  private int height;
  private int stride;

  /** Whether a frame's pixels have an alpha, or a palette, which may have one. */
  static boolean hasAlpha(AVFrame frame) {
    long flags = avutil.av_pix_fmt_desc_get(frame.format()).flags();
    return (flags & (avutil.AV_PIX_FMT_FLAG_ALPHA | avutil.AV_PIX_FMT_FLAG_PAL)) != 0;
  }

  /** Bytes of a pixel: 3, or 4 with alpha. */
  int depth() {
    return depth;
  }

  long bytes() {
    return (long) width * height * depth;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /** Converts a frame, stretched to so many pixels. */
  void convert(AVFrame frame, boolean alpha, int wide, int high) throws Fault {
    format = alpha ? avutil.AV_PIX_FMT_RGBA : avutil.AV_PIX_FMT_RGB24;
    depth = alpha ? 4 : 3;
    int[] asked = {
      format,
      frame.width(),
      frame.height(),
      frame.format(),
      wide,
      high,
      frame.colorspace(),
      frame.color_range()
    };
    if (context == null || !Arrays.equals(asked, made)) {
      make(frame, wide, high);
      made = asked;
    }
    try (PointerPointer<BytePointer> to = new PointerPointer<>(pixels, null, null, null);
        IntPointer strides = new IntPointer(stride, 0, 0, 0)) {
      int lines =
          swscale.sws_scale(
              context,
              new PointerPointer<>(frame.data()),
              frame.linesize(),
              0,
              frame.height(),
              to,
              strides);
      Fault.check(lines, "its pixels can't be converted");
    }
  }

  private void make(AVFrame frame, int wide, int high) throws Fault {
    close();
    String name = name(frame.format());
    context =
        swscale.sws_getContext(
            frame.width(),
            frame.height(),
            frame.format(),
            wide,
            high,
            format,
            FLAGS,
            null,
            null,
            (double[]) null);
    if (context == null || context.isNull()) {
      context = null;
      throw Fault.corrupt("its pixels of format " + name + " can't be converted");
    }
    context.dither(swscale.SWS_DITHER_NONE);
    boolean full = isFull(frame, name);
    if (!MATRICES.contains(frame.colorspace())) {
      throw Fault.corrupt(
          "its colours are of the matrix " + frame.colorspace() + ", which is not read");
    }
    IntPointer matrix = swscale.sws_getCoefficients(frame.colorspace());
    int unused =
        swscale.sws_setColorspaceDetails(
            context,
            matrix,
            full ? 1 : 0,
            swscale.sws_getCoefficients(swscale.SWS_CS_DEFAULT),
            1,
            0,
            ONE,
            ONE);
    width = wide;
    height = high;
    stride = (wide * depth + 63) / 64 * 64;
    BytePointer memory = new BytePointer(avutil.av_malloc((long) stride * high + 64));
    if (memory.isNull()) {
      throw Fault.memory(wide + " x " + high + " pixels");
    }
    pixels = memory.capacity((long) stride * high);
  }

  /** Whether black is 0, where nothing is said: in greys, but not in a video's luma. */
  private static boolean isFull(AVFrame frame, String format) {
    int said = frame.color_range();
    boolean grey = avutil.av_pix_fmt_desc_get(frame.format()).nb_components() < 3;
    return said == avutil.AVCOL_RANGE_JPEG
        || format.startsWith("yuvj")
        || grey && said == avutil.AVCOL_RANGE_UNSPECIFIED;
  }

  static String name(int format) {
    BytePointer name = avutil.av_get_pix_fmt_name(format);
    return name == null || name.isNull() ? "number " + format : name.getString();
  }

  /** Writes [high, wide, depth] of it from its upper left corner. */
  void write(DataOutputStream out, int wide, int high) throws IOException {
    BytePointer from = Objects.requireNonNull(pixels);
    ByteBuffer bytes = from.asByteBuffer();
    byte[] row = new byte[wide * depth];
    for (int y = 0; y < high; y++) {
      bytes.get(y * stride, row);
      out.write(row);
    }
  }

  /**
   * Takes its alpha from another picture of its size: of that, red.
   *
   * @param multiplied whether the colours are multiplied by it
   */
  void mask(Rgb other, boolean multiplied) {
    ByteBuffer to = Objects.requireNonNull(pixels).asByteBuffer();
    ByteBuffer from = Objects.requireNonNull(other.pixels).asByteBuffer();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = y * stride + x * depth;
        int alpha = from.get(y * other.stride + x * other.depth) & 0xFF;
        to.put(at + 3, (byte) alpha);
        for (int c = 0; multiplied && alpha > 0 && c < 3; c++) {
          int colour = to.get(at + c) & 0xFF;
          to.put(at + c, (byte) Math.min(255, (colour * 255 + alpha / 2) / alpha));
        }
      }
    }
  }

  /** Copies [high, wide, depth] of it to a place of a larger picture of the same depth. */
  void copy(BytePointer to, long toStride, int left, int top, int wide, int high) {
    BytePointer from = Objects.requireNonNull(pixels);
    for (int y = 0; y < high; y++) {
      BytePointer.memcpy(
          to.getPointer((top + y) * toStride + (long) left * depth),
          from.getPointer((long) y * stride),
          (long) wide * depth);
    }
  }

  @Override
  public void close() {
    if (context != null) {
      swscale.sws_freeContext(context);
      context = null;
    }
    if (pixels != null) {
      avutil.av_free(pixels);
      pixels = null;
      made = new int[0];
    }
  }
}
