package tributary.onnx;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a caller of a model's graphs must know and the graphs don't say.
 *
 * @param metadata facts by name, for the metadata of every graph, in this order
 * @param steps how a record's embedding comes of the graphs, as Markdown
 */
public record OnnxGuide(Map<String, String> metadata, String steps) {
  public OnnxGuide {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** Of graphs that need no facts. */
  public static OnnxGuide of(String steps) {
    return new OnnxGuide(Map.of(), steps);
  }
}
