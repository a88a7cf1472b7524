package tributary.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tributary.config.Problems.Refused;

/** Writes a safetensors file; the same tensors and metadata give the same bytes. */
final class SafetensorsWriter {
  private static final int ALIGNMENT = 8;
  private static final int CHUNK = 1 << 18;

  private SafetensorsWriter() {}

  static void write(Path file, Map<String, Weight> tensors, Map<String, String> metadata) {
    Path temporary = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        write(channel, tensors, metadata);
      }
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new Refused(List.of("Cannot write " + file + ": " + e));
    }
  }

  static void write(
      WritableByteChannel channel, Map<String, Weight> tensors, Map<String, String> metadata)
      throws IOException {
    TreeMap<String, Weight> sorted = new TreeMap<>(tensors);
    byte[] header = header(sorted, metadata);
    ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    all(channel, start.putLong(header.length).put(header).flip());
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (Weight w : sorted.values()) {
      write(channel, buffer, w.values());
    }
  }

  private static byte[] header(Map<String, Weight> tensors, Map<String, String> metadata) {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    if (!metadata.isEmpty()) {
      ObjectNode m = tree.putObject("__metadata__");
      new TreeMap<>(metadata).forEach(m::put);
    }
    long offset = 0;
    for (Map.Entry<String, Weight> e : tensors.entrySet()) {
      ObjectNode t = tree.putObject(e.getKey());
      t.put("dtype", Dtype.F32.name());
      var shape = t.putArray("shape");
      for (long n : e.getValue().shape()) {
        shape.add(n);
      }
      long end = offset + 4L * e.getValue().values().length;
      t.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    String json = tree.toString();
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    int padding = (ALIGNMENT - length % ALIGNMENT) % ALIGNMENT;
    return (json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
  }

  private static void write(WritableByteChannel channel, ByteBuffer buffer, float[] values)
      throws IOException {
    int done = 0;
    while (done < values.length) {
      int n = Math.min(CHUNK / 4, values.length - done);
      buffer.clear();
      buffer.asFloatBuffer().put(values, done, n);
      all(channel, buffer.limit(4 * n));
      done += n;
    }
  }

  private static void all(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
