package tributary.codec.child;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVStreamGroupTileGrid;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.jspecify.annotations.Nullable;

/** What a container says of a stream's pixels beside them. */
final class SideData {
  private static final int MATRIX = 9;

  /** Bytes; a larger one is left alone, as in other containers. */
  static final int MOST_PROFILE = 8 << 20;

  private final @Nullable AVPacketSideData first;
  private final int count;

  SideData(@Nullable AVPacketSideData first, int count) {
    this.first = first;
    this.count = count;
  }

  static SideData of(AVCodecParameters parameters) {
    return new SideData(parameters.coded_side_data(), parameters.nb_coded_side_data());
  }

  static SideData of(AVStreamGroupTileGrid grid) {
    return new SideData(grid.coded_side_data(), grid.nb_coded_side_data());
  }

  /** The ICC profile; empty where there is none. */
  byte[] profile() {
    ByteBuffer data = find(avcodec.AV_PKT_DATA_ICC_PROFILE);
    if (data == null || data.remaining() > MOST_PROFILE) {
      return new byte[0];
    }
    byte[] profile = new byte[data.remaining()];
    data.get(profile);
    return profile;
  }

  /**
   * How it is to be turned, as Exif numbers it: from the matrix (a b u, c d v, x y w) by which
   * players turn it. What is neither a quarter turn nor a mirror is 1.
   */
  int orientation() {
    ByteBuffer data = find(avcodec.AV_PKT_DATA_DISPLAYMATRIX);
    if (data == null || data.remaining() < MATRIX * Integer.BYTES) {
      return 1;
    }
    int a = Integer.signum(data.getInt(0));
    int b = Integer.signum(data.getInt(4));
    int c = Integer.signum(data.getInt(12));
    int d = Integer.signum(data.getInt(16));
    if (b == 0 && c == 0) {
      return a >= 0 ? (d >= 0 ? 1 : 4) : (d >= 0 ? 2 : 3);
    }
    if (a == 0 && d == 0) {
      return b > 0 ? (c > 0 ? 5 : 6) : (c > 0 ? 8 : 7);
    }
    return 1;
  }

  /** Pixels to leave out at top, bottom, left and right; empty where there are none. */
  int[] cropping() {
    ByteBuffer data = find(avcodec.AV_PKT_DATA_FRAME_CROPPING);
    if (data == null || data.remaining() < 4 * Integer.BYTES) {
      return new int[0];
    }
    return new int[] {data.getInt(0), data.getInt(4), data.getInt(8), data.getInt(12)};
  }

  /** Leaves them out of a frame, once. */
  static void crop(AVFrame frame, int[] cropping) throws Fault {
    if (cropping.length == 0) {
      return;
    }
    frame.crop_top(frame.crop_top() + cropping[0]);
    frame.crop_bottom(frame.crop_bottom() + cropping[1]);
    frame.crop_left(frame.crop_left() + cropping[2]);
    frame.crop_right(frame.crop_right() + cropping[3]);
    Fault.check(
        avutil.av_frame_apply_cropping(frame, avutil.AV_FRAME_CROP_UNALIGNED),
        "what it leaves out of its pixels");
  }

  private @Nullable ByteBuffer find(int type) {
    for (int i = 0; first != null && i < count; i++) {
      AVPacketSideData data = first.getPointer(i);
      if (data.type() == type) {
        return data.data().capacity(data.size()).asByteBuffer().order(ByteOrder.nativeOrder());
      }
    }
    return null;
  }
}
