package tributary.config;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;

/** The objects of jobs/k8s, read as strictly as an API server that validates. */
@NullUnmarked
final class Manifests {
  /** Kubernetes' own types, unknown and doubled fields refused, no text for a number. */
  private static final YAMLMapper STRICT =
      YAMLMapper.builder()
          .annotationIntrospector(new NoUnknownFields())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
          .build();

  private Manifests() {}

  /** The models keep what they don't know: here they must not. */
  private static final class NoUnknownFields extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasAnySetter(Annotated member) {
      return false;
    }
  }

  static List<JsonNode> of(Path file) {
    try (var documents = STRICT.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
      return documents.readAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of all files. */
  static List<JsonNode> all() {
    try (Stream<Path> files = Files.list(Path.of("jobs/k8s"))) {
      return files
          .filter(f -> f.toString().endsWith(".yaml"))
          .sorted()
          .flatMap(f -> of(f).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * An object as one of Kubernetes' types.
   *
   * @throws IOException for an unknown field or a value of another type
   */
  static <T> T as(Class<T> type, JsonNode object) throws IOException {
    return STRICT.readerFor(type).readValue(STRICT.writeValueAsString(object));
  }

  /** A text, such as a template in a config map. */
  static JsonNode tree(String text) {
    try {
      return STRICT.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A pod's specification. */
  static PodSpec pod(JsonNode spec) {
    try {
      return as(PodSpec.class, spec);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
