package tributary.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The float32 arrays of a small safetensors file. */
final class SafetensorsFile {
  private SafetensorsFile() {}

  @SuppressWarnings("ArrayRecordComponent")
  record Array(long[] shape, float[] values) {}

  static Map<String, Array> read(Path path) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[(int) bytes.getLong()];
    bytes.get(header);
    int data = bytes.position();
    Map<String, Array> arrays = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : new ObjectMapper().readTree(header).properties()) {
      JsonNode node = entry.getValue();
      if (entry.getKey().equals("__metadata__")) {
        continue;
      }
      long[] shape = new long[node.get("shape").size()];
      int size = 1;
      for (int i = 0; i < shape.length; i++) {
        shape[i] = node.get("shape").get(i).asLong();
        size *= (int) shape[i];
      }
      float[] values = new float[size];
      bytes
          .slice(data + node.get("data_offsets").get(0).asInt(), size * Float.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(values);
      arrays.put(entry.getKey(), new Array(shape, values));
    }
    return arrays;
  }
}
