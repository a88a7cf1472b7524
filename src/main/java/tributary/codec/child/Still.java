package tributary.codec.child;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avformat.AVStreamGroup;
import org.bytedeco.ffmpeg.avformat.AVStreamGroupTileGrid;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVPixFmtDescriptor;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import tributary.codec.Wire;

/** A picture: of one stream, of the tiles of a grid (as phones write HEIC), or of one packet. */
final class Still implements Opened {
  private static final int DEPTH = 4;

  /** What decoding takes at most: of each pixel two frames of up to 16 bits, and four bytes. */
  private static final int BYTES_A_PIXEL = 12;

  private final long memory;

  private final Rgb rgb = new Rgb();
  private int orientation = 1;
  private byte[] profile = {};
  private int colours = 3;
  private int width;
  private int height;
  private int left;
  private int top;
  private int gridWidth;
  private @Nullable BytePointer grid; // [height, width, 4]
  private @Nullable Media media;
  private @Nullable BytePointer content;
  private long size;
  private String codec = "";
  private int[] cropping = {};

  /**
   * Of a container.
   *
   * @param media is closed with it
   * @param memory bytes that it may need
   */
  Still(Media media, long memory) {
    this.media = media;
    this.memory = memory;
  }

  /**
   * Of a payload without a container.
   *
   * @param codec as the library calls it
   */
  Still(BytePointer content, long size, String codec, long memory) {
    this.content = content;
    this.size = size;
    this.codec = codec;
    this.memory = memory;
  }

  @Override
  public void start() throws Fault {
    if (media == null) {
      packet(Objects.requireNonNull(content));
      return;
    }
    AVStreamGroup tiles = tiles(media.format());
    if (tiles == null) {
      single(media);
    } else {
      tiled(media, tiles);
    }
  }

  private void packet(BytePointer bytes) throws Fault {
    Jp2 file = Jp2.of(bytes.asByteBuffer().slice(0, Math.toIntExact(size)));
    room(file.width(), file.height());
    profile = file.profile();
    AVPacket packet = avcodec.av_packet_alloc();
    try (StreamDecoder decoder = new StreamDecoder(codec)) {
      Fault.check(avcodec.av_new_packet(packet, Math.toIntExact(size)), "its bytes");
      BytePointer.memcpy(packet.data(), bytes, size);
      AVFrame frame = only(decoder, packet);
      frame.color_range(avutil.AVCOL_RANGE_JPEG);
      take(frame);
    } finally {
      avcodec.av_packet_free(packet);
    }
  }

  /** The grid that is the file's main picture, or null where a single stream is. */
  private static @Nullable AVStreamGroup tiles(AVFormatContext format) {
    AVStreamGroup any = null;
    for (int i = 0; i < format.nb_stream_groups(); i++) {
      AVStreamGroup group = format.stream_groups(i);
      if (group.type() == avformat.AV_STREAM_GROUP_PARAMS_TILE_GRID) {
        if ((group.disposition() & avformat.AV_DISPOSITION_DEFAULT) != 0) {
          return group;
        }
        any = any == null ? group : any;
      }
    }
    return main(format) == null ? any : null;
  }

  private static @Nullable AVStream main(AVFormatContext format) {
    for (int i = 0; i < format.nb_streams(); i++) {
      AVStream stream = format.streams(i);
      int said = stream.disposition();
      if (stream.codecpar().codec_type() == avutil.AVMEDIA_TYPE_VIDEO
          && (said & avformat.AV_DISPOSITION_DEFAULT) != 0
          && (said & avformat.AV_DISPOSITION_DEPENDENT) == 0) {
        return stream;
      }
    }
    return null;
  }

  private void single(Media from) throws Fault {
    AVStream stream = main(from.format());
    if (stream == null) {
      stream = from.best(avutil.AVMEDIA_TYPE_VIDEO);
    }
    if (stream == null) {
      throw new Fault(Wire.NOTHING, "there is no picture in it");
    }
    AVCodecParameters size = stream.codecpar();
    notes(SideData.of(size));
    room(size.width(), size.height());
    HeifAlpha alpha = HeifAlpha.of(from.bytes());
    if (alpha != null) {
      withAlpha(from, stream, alpha);
      return;
    }
    try (Frames frames = new Frames(from, stream)) {
      AVFrame frame = frames.next();
      if (frame == null) {
        throw Fault.corrupt("there is no frame in it");
      }
      take(frame);
    }
  }

  /** Picture and alpha are streams of one packet each, in any order. */
  private void withAlpha(Media from, AVStream picture, HeifAlpha alpha) throws Fault {
    try (Rgb mask = new Rgb()) {
      boolean hasPicture = false;
      boolean hasMask = false;
      while (!hasPicture || !hasMask) {
        AVPacket packet = from.next();
        if (packet == null) {
          throw Fault.corrupt(hasPicture ? "its alpha is not in one piece" : "it has no picture");
        }
        AVStream stream = from.format().streams(packet.stream_index());
        if (!hasPicture && stream.index() == picture.index()) {
          try (StreamDecoder decoder = decoder(stream)) {
            whole(decoder, packet);
          }
          hasPicture = true;
        } else if (!hasMask && stream.id() == alpha.item()) {
          try (StreamDecoder decoder = decoder(stream)) {
            AVFrame frame = only(decoder, packet);
            SideData.crop(frame, cropping);
            mask.convert(frame, true, frame.width(), frame.height());
          }
          hasMask = true;
        }
      }
      if (mask.width() != width || mask.height() != height) {
        throw Fault.corrupt("its alpha has another size");
      }
      rgb.mask(mask, alpha.premultiplied());
    }
  }

  private static StreamDecoder decoder(AVStream stream) throws Fault {
    return new StreamDecoder(stream.codecpar(), stream.time_base());
  }

  private void notes(SideData said) {
    orientation = said.orientation();
    cropping = said.cropping();
    profile = said.profile().length > 0 ? said.profile() : profile;
  }

  private void whole(StreamDecoder decoder, AVPacket packet) throws Fault {
    take(only(decoder, packet));
  }

  private static AVFrame only(StreamDecoder decoder, AVPacket packet) throws Fault {
    decoder.send(packet);
    AVFrame frame = decoder.receive();
    if (frame == null) {
      decoder.send(null);
      frame = decoder.receive();
    }
    if (frame == null) {
      throw Fault.corrupt("there is no picture in it");
    }
    return frame;
  }

  private void take(AVFrame frame) throws Fault {
    SideData.crop(frame, cropping);
    width = frame.width();
    height = frame.height();
    colours = colours(frame);
    rgb.convert(frame, true, width, height);
  }

  /** A library that finds no memory need not say so: it is told before. */
  private void room(int wide, int high) throws Fault {
    long pixels = (long) wide * high;
    if (pixels < 1) {
      throw Fault.corrupt("it claims " + wide + " x " + high + " pixels");
    }
    if (pixels > StreamDecoder.MOST_PIXELS || pixels * BYTES_A_PIXEL > memory) {
      throw new Fault(
          Wire.TOO_LARGE,
          "its %d x %d pixels need about %d MiB, codecs.memory is %d"
              .formatted(wide, high, pixels * BYTES_A_PIXEL >> 20, memory >> 20));
    }
  }

  private static int colours(AVFrame frame) {
    AVPixFmtDescriptor format = avutil.av_pix_fmt_desc_get(frame.format());
    return format.nb_components() < 3 && (format.flags() & avutil.AV_PIX_FMT_FLAG_PAL) == 0 ? 1 : 3;
  }

  private void tiled(Media from, AVStreamGroup group) throws Fault {
    AVStreamGroupTileGrid tiles = group.params_tile_grid();
    notes(SideData.of(group.streams(tiles.offsets_idx(0)).codecpar()));
    notes(SideData.of(tiles));
    if (HeifAlpha.of(from.bytes()) != null) {
      throw Fault.corrupt("its tiles have an alpha, which is not read");
    }
    left = tiles.horizontal_offset();
    top = tiles.vertical_offset();
    gridWidth = tiles.coded_width();
    long pixels = (long) tiles.coded_width() * tiles.coded_height();
    room(tiles.coded_width(), tiles.coded_height());
    width = tiles.width();
    height = tiles.height();
    if (left < 0
        || top < 0
        || width < 1
        || height < 1
        || left > gridWidth - width
        || top > tiles.coded_height() - height) {
      throw Fault.corrupt("its %d x %d pixels reach beyond its tiles".formatted(width, height));
    }
    BytePointer memory = new BytePointer(avutil.av_mallocz(pixels * DEPTH));
    if (memory.isNull()) {
      throw Fault.memory(tiles.coded_width() + " x " + tiles.coded_height() + " pixels");
    }
    grid = memory.capacity(pixels * DEPTH);
    Map<Integer, List<Integer>> places = new HashMap<>();
    for (int i = 0; i < tiles.nb_tiles(); i++) {
      int stream = group.streams(tiles.offsets_idx(i)).index();
      places.computeIfAbsent(stream, s -> new ArrayList<>()).add(i);
    }
    while (!places.isEmpty()) {
      AVPacket packet = from.next();
      if (packet == null) {
        throw Fault.corrupt(places.size() + " of its " + tiles.nb_tiles() + " tiles are missing");
      }
      List<Integer> at = places.remove(packet.stream_index());
      if (at != null) {
        tile(from.format().streams(packet.stream_index()), packet, tiles, at);
      }
    }
  }

  private void tile(AVStream stream, AVPacket packet, AVStreamGroupTileGrid tiles, List<Integer> at)
      throws Fault {
    try (StreamDecoder decoder = decoder(stream)) {
      AVFrame frame = only(decoder, packet);
      colours = colours(frame);
      rgb.convert(frame, true, frame.width(), frame.height());
      for (int i : at) {
        int left = tiles.offsets_horizontal(i);
        int top = tiles.offsets_vertical(i);
        int wide = Math.min(frame.width(), tiles.coded_width() - left);
        int high = Math.min(frame.height(), tiles.coded_height() - top);
        if (left < 0 || top < 0 || wide < 1 || high < 1) {
          throw Fault.corrupt("one of its tiles is beside the picture");
        }
        rgb.copy(
            Objects.requireNonNull(grid),
            (long) tiles.coded_width() * DEPTH,
            left,
            top,
            wide,
            high);
      }
    }
  }

  @Override
  public void describe(DataOutputStream out) throws IOException {
    out.writeInt(width);
    out.writeInt(height);
    out.writeByte(colours);
    out.writeByte(orientation);
    out.writeInt(profile.length);
    out.write(profile);
    if (grid == null) {
      rgb.write(out, width, height);
      return;
    }
    ByteBuffer from = grid.asByteBuffer();
    byte[] row = new byte[width * DEPTH];
    for (int y = 0; y < height; y++) {
      from.get(((top + y) * gridWidth + left) * DEPTH, row);
      out.write(row);
    }
  }

  @Override
  public void next(DataOutputStream out, Budget budget) throws IOException {
    out.writeByte(Wire.END);
  }

  @Override
  public void close() {
    rgb.close();
    if (grid != null) {
      avutil.av_free(grid);
      grid = null;
    }
    if (media != null) {
      media.close();
      media = null;
    }
  }
}
