package tributary.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.base.Invalid;
import tributary.config.Problems.Refused;

/**
 * A safetensors file (8 bytes little-endian header length, JSON header, values): the header is read
 * and checked when it is opened, the values of a tensor when they are asked for. Immutable; lives
 * where the model is loaded.
 *
 * <p>A file that lies is {@link Refused} with the reason: truncated, a header or an offset beyond
 * the file, tensors that overlap or leave holes, an unknown dtype, a size that is not that of the
 * shape, a name that stands twice, bad JSON.
 */
public final class Safetensors {
  private static final int PREFIX = 8;
  private static final long MOST_HEADER = 100_000_000;
  private static final int CHUNK = 1 << 20;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;
  private final long start;
  private final Map<String, Entry> entries;
  private final Map<String, String> metadata;

  private Safetensors(
      Path file, long start, Map<String, Entry> entries, Map<String, String> metadata) {
    this.file = file;
    this.start = start;
    this.entries = Collections.unmodifiableMap(entries);
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * One tensor: its type, its shape (empty for a scalar), and its bytes [begin, end) after the
   * header.
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(Dtype dtype, long[] shape, long begin, long end) {
    /** Number of elements. */
    public int size() {
      return Math.toIntExact((end - begin) / dtype.bytes);
    }
  }

  /** Opens a file and checks its header. */
  public static Safetensors read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long length = channel.size();
      if (length < PREFIX) {
        throw unreadable(file, "truncated: " + length + " bytes, a header needs at least 8");
      }
      long header = bytes(channel, 0, PREFIX, file).getLong();
      if (header < 2 || header > length - PREFIX) {
        throw unreadable(
            file,
            "header of "
                + Long.toUnsignedString(header)
                + " bytes in a file of "
                + length
                + " bytes");
      }
      if (header > MOST_HEADER) {
        throw unreadable(file, "header of " + header + " bytes (at most " + MOST_HEADER + ")");
      }
      JsonNode tree = json(file, bytes(channel, PREFIX, (int) header, file).array());
      long start = PREFIX + header;
      Map<String, Entry> entries = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      tree.properties()
          .forEach(
              e -> {
                if (e.getKey().equals("__metadata__")) {
                  metadata.putAll(metadata(file, e.getValue()));
                } else {
                  entries.put(e.getKey(), entry(file, e.getKey(), e.getValue(), length - start));
                }
              });
      checkLayout(file, entries, length - start);
      return new Safetensors(file, start, entries, metadata);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "no such file");
    } catch (IOException e) {
      throw unreadable(file, String.valueOf(e.getMessage()));
    }
  }

  /** Writes tensors as F32, ordered by name, by way of a temporary file beside it. */
  public static void write(Path file, Map<String, Weight> tensors, Map<String, String> metadata) {
    SafetensorsWriter.write(file, tensors, metadata);
  }

  /** Those bytes, wherever they go: the same tensors and metadata give the same ones. */
  public static void write(
      WritableByteChannel channel, Map<String, Weight> tensors, Map<String, String> metadata)
      throws IOException {
    SafetensorsWriter.write(channel, tensors, metadata);
  }

  public Map<String, String> metadata() {
    return metadata;
  }

  /** Every tensor by name, in the order of the header. */
  public Map<String, Entry> entries() {
    return entries;
  }

  public boolean has(String name) {
    return entries.containsKey(name);
  }

  /** A floating-point tensor, widened or rounded to float32. */
  public Weight weight(String name) {
    Entry e = known(name);
    ByteBuffer b = values(name, e);
    float[] x = new float[e.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] =
          switch (e.dtype) {
            case F32 -> b.getFloat();
            case F64 -> (float) b.getDouble();
            case F16 -> Dtype.half(b.getShort());
            case BF16 -> Float.intBitsToFloat(b.getShort() << 16);
            default -> throw mistyped(name, e, "floating-point");
          };
    }
    return new Weight(e.shape.clone(), x);
  }

  /** A tensor of integers or truth values (0 and 1). */
  public long[] integers(String name) {
    Entry e = known(name);
    ByteBuffer b = values(name, e);
    long[] x = new long[e.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] =
          switch (e.dtype) {
            case I64 -> b.getLong();
            case I32 -> b.getInt();
            case I16 -> b.getShort();
            case I8 -> b.get();
            case U8, BOOL -> b.get() & 0xff;
            default -> throw mistyped(name, e, "integers");
          };
    }
    return x;
  }

  /** A tensor of integers or truth values as truth values: not 0. */
  public boolean[] flags(String name) {
    long[] x = integers(name);
    boolean[] flags = new boolean[x.length];
    for (int i = 0; i < x.length; i++) {
      flags[i] = x[i] != 0;
    }
    return flags;
  }

  private Entry known(String name) {
    Entry e = entries.get(name);
    if (e == null) {
      throw unreadable(file, "no tensor " + name);
    }
    return e;
  }

  private ByteBuffer values(String name, Entry e) {
    try (FileChannel channel = FileChannel.open(file)) {
      if (e.end - e.begin > Integer.MAX_VALUE - 8) {
        throw unreadable(
            file, "tensor " + name + " has " + (e.end - e.begin) + " bytes (less than 2^31)");
      }
      return bytes(channel, start + e.begin, (int) (e.end - e.begin), file);
    } catch (IOException x) {
      throw unreadable(file, String.valueOf(x.getMessage()));
    }
  }

  private Refused mistyped(String name, Entry e, String wanted) {
    return unreadable(file, "tensor " + name + " is " + e.dtype + ", not " + wanted);
  }

  private static ByteBuffer bytes(FileChannel channel, long position, int count, Path file)
      throws IOException {
    ByteBuffer all = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (all.hasRemaining()) {
      ByteBuffer part = all.slice(all.position(), Math.min(CHUNK, all.remaining()));
      int n = channel.read(part, position + all.position());
      if (n < 0) {
        throw new EOFException("truncated: ends at byte " + (position + all.position()));
      }
      all.position(all.position() + n);
    }
    return all.flip();
  }

  private static JsonNode json(Path file, byte[] header) {
    try {
      JsonNode tree = JSON.readTree(new String(header, StandardCharsets.UTF_8));
      if (tree == null || !tree.isObject()) {
        throw unreadable(file, "header is no JSON object");
      }
      return tree;
    } catch (JsonProcessingException e) {
      throw unreadable(file, "header is no valid JSON: " + e.getOriginalMessage());
    }
  }

  private static Map<String, String> metadata(Path file, JsonNode node) {
    Map<String, String> metadata = new LinkedHashMap<>();
    node.properties()
        .forEach(
            e -> {
              if (!e.getValue().isTextual()) {
                throw unreadable(file, "metadata " + e.getKey() + " is no string");
              }
              metadata.put(e.getKey(), e.getValue().textValue());
            });
    return metadata;
  }

  private static Entry entry(Path file, String name, JsonNode node, long available) {
    JsonNode type = node.path("dtype");
    Dtype dtype =
        Arrays.stream(Dtype.values())
            .filter(d -> type.isTextual() && d.name().equals(type.textValue()))
            .findFirst()
            .orElseThrow(
                () ->
                    unreadable(
                        file,
                        "tensor "
                            + name
                            + " has the unknown dtype "
                            + type
                            + " (one of "
                            + Arrays.toString(Dtype.values())
                            + ")"));
    long[] shape = longs(file, name, "shape", node.path("shape"));
    long[] offsets = longs(file, name, "data_offsets", node.path("data_offsets"));
    if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > available) {
      throw unreadable(
          file,
          "tensor "
              + name
              + " has the offsets "
              + Arrays.toString(offsets)
              + " in "
              + available
              + " bytes of values");
    }
    long bytes = dtype.bytes;
    try {
      for (long n : shape) {
        bytes = Math.multiplyExact(bytes, n);
      }
    } catch (ArithmeticException e) {
      bytes = -1;
    }
    if (bytes != offsets[1] - offsets[0]) {
      throw unreadable(
          file,
          "tensor "
              + name
              + " of shape "
              + Arrays.toString(shape)
              + " and dtype "
              + dtype
              + " has "
              + (offsets[1] - offsets[0])
              + " bytes");
    }
    return new Entry(dtype, shape, offsets[0], offsets[1]);
  }

  private static long[] longs(Path file, String name, String key, JsonNode node) {
    boolean fine = node.isArray();
    long[] x = new long[node.size()];
    for (int i = 0; i < x.length; i++) {
      JsonNode n = node.path(i);
      fine &= n.isIntegralNumber() && n.canConvertToLong() && n.longValue() >= 0;
      x[i] = n.longValue();
    }
    if (!fine) {
      throw unreadable(file, "tensor " + name + " has the " + key + " " + node);
    }
    return x;
  }

  private static void checkLayout(Path file, Map<String, Entry> entries, long available) {
    List<String> names = new ArrayList<>(entries.keySet());
    names.sort(
        Comparator.<String>comparingLong(n -> at(entries, n).begin)
            .thenComparingLong(n -> at(entries, n).end));
    long end = 0;
    for (String name : names) {
      Entry e = at(entries, name);
      if (e.begin != end) {
        throw unreadable(
            file,
            "tensor "
                + name
                + " begins at byte "
                + e.begin
                + (e.begin < end ? ", inside the tensor before it" : ", after a hole")
                + " that ends at "
                + end);
      }
      end = e.end;
    }
    if (end != available) {
      throw unreadable(file, "tensors end at byte " + end + " of " + available);
    }
  }

  private static Entry at(Map<String, Entry> entries, String name) {
    Entry e = entries.get(name);
    if (e == null) {
      throw new IllegalStateException(Invalid.text("tensor", name, "one of the file's"));
    }
    return e;
  }

  private static Refused unreadable(Path file, String reason) {
    return new Refused(List.of("Cannot read " + file + ": " + reason));
  }
}
