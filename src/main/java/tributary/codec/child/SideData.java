package tributary.codec.child;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVStreamGroupTileGrid;
import org.bytedeco.ffmpeg.global.avcodec;
import org.jspecify.annotations.Nullable;

/** What a container says of a stream's pixels beside them. */
final class SideData {
  private static final int MATRIX = 9;

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
    byte[] profile = new byte[data == null ? 0 : data.remaining()];
    if (data != null) {
      data.get(profile);
    }
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
