package tributary.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;

/** A model configuration as JSON, in one canonical form: what hashes are made of. */
public final class ModelJson {
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private ModelJson() {}

  /**
   * The canonical form on one line: the same configuration gives the same text, always. A key that
   * came later is left out where it means what was in force before, so that hashes stay.
   */
  public static String canonical(ModelConfig config) {
    ObjectNode tree = tree(config);
    ModalityFields.strip(tree);
    return tree.toString();
  }

  /** Over several lines, for a person to read, with every modality's options. */
  public static String pretty(ModelConfig config) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(tree(config)) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write configuration: " + e.getMessage(), e);
    }
  }

  /** Names as a JSON array on one line, in their order. */
  public static String array(Collection<String> names) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    names.forEach(array::add);
    return array.toString();
  }

  private static ObjectNode tree(ModelConfig config) {
    ObjectNode to = JsonNodeFactory.instance.objectNode().put("encoder", config.encoder());
    config.write(to);
    return to;
  }
}
