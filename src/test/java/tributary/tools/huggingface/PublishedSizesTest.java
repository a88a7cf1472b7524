package tributary.tools.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems;
import tributary.model.ModelJson;
import tributary.model.WeightTable;
import tributary.models.ModelConfigs;
import tributary.models.perceiverio.PerceiverIoConfig;
import tributary.tools.huggingface.PerceiverCheckpoint.Kind;

/**
 * The published checkpoints: every tensor that Hugging Face's classes have, by name and shape,
 * finds its place, and every place its tensor. The list in the resources was written by those
 * classes.
 */
class PublishedSizesTest {
  private static final Path LIST = Path.of("src/test/resources/hf_perceiver_parameters.txt");

  private static final Pattern TENSOR = Pattern.compile("\\s+(\\S+) \\(([0-9, ]*)\\) \\S+");

  private static Map<String, long[]> published(String title) throws IOException {
    Map<String, long[]> found = new LinkedHashMap<>();
    boolean in = false;
    for (String line : Files.readAllLines(LIST)) {
      if (line.startsWith("=====")) {
        in = line.contains(title);
      }
      Matcher m = TENSOR.matcher(line);
      if (in && m.matches()) {
        found.put(
            m.group(1),
            Arrays.stream(m.group(2).split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray());
      }
    }
    return found;
  }

  /** What the published config.json say beside the defaults of Hugging Face's PerceiverConfig. */
  private static final String VISION =
      "'d_latents': 1024, 'num_latents': 512, 'num_blocks': 8, 'num_self_attends_per_block': 6,"
          + " 'num_cross_attention_heads': 1, 'image_size': 224, 'num_labels': 1000";

  private static final String FLOW =
      "'d_latents': 512, 'num_latents': 2048, 'num_blocks': 1, 'num_self_attends_per_block': 24,"
          + " 'num_self_attention_heads': 16, 'num_cross_attention_heads': 1";

  private static final String VIDEO =
      "'d_latents': 512, 'num_latents': 784, 'num_blocks': 1, 'num_self_attends_per_block': 8,"
          + " 'num_cross_attention_heads': 1, 'image_size': 224, 'num_labels': 700";

  private static String json(String which) {
    return switch (which) {
      case "text" -> "'qk_channels': 256, 'v_channels': 1280";
      case "vision" -> VISION;
      case "flow" -> FLOW;
      default -> VIDEO;
    };
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "language-perceiver, MASKED_LM, text, 201108230",
    "vision-perceiver-learned, IMAGE_LEARNED, vision, 62255848",
    "vision-perceiver-fourier, IMAGE_FOURIER, vision, 48440627",
    "vision-perceiver-conv, IMAGE_CONV, vision, 48646522",
    "optical-flow, OPTICAL_FLOW, flow, 41057134",
    "multimodal, MULTIMODAL, video, 19858855"
  })
  void everyTensorHasItsPlace(String title, Kind kind, String which, long parameters)
      throws IOException {
    Problems problems = new Problems();
    PerceiverIoConfig config =
        PerceiverCheckpoint.config(
            kind,
            new ObjectMapper().readTree("{" + json(which).replace('\'', '"') + "}"),
            problems);
    problems.refuse();
    Map<String, long[]> expected = WeightTable.of(config).shapes();
    Map<String, long[]> ours = new LinkedHashMap<>();
    published(title)
        .forEach(
            (name, shape) -> {
              if (!PerceiverNames.ignored(name)) {
                String to = PerceiverNames.ours(name);
                assertThat(to).as(name).isNotNull();
                assertThat(ours.put(to, flat(shape))).as("another tensor for " + to).isNull();
              }
            });
    // The list names four of the layers of a block, of which all are alike.
    ours.forEach((name, shape) -> assertThat(expected.get(name)).as(name).isEqualTo(shape));
    assertThat(expected.keySet().stream().filter(n -> !n.matches("self\\.([1-9]|\\d\\d)\\..*")))
        .allSatisfy(n -> assertThat(ours).containsKey(n));
    long buffers = kind == Kind.IMAGE_CONV ? 2 * 64 : 0; // of batch norm: weights, but not counted
    assertThat(WeightTable.of(config).parameters() - buffers).isEqualTo(parameters);
    assertThat(ModelConfigs.parse(ModelJson.canonical(config), "again")).isEqualTo(config);
  }

  private static long[] flat(long[] shape) {
    if (shape.length < 3) {
      return shape;
    }
    long rest = 1;
    for (int i = 1; i < shape.length; i++) {
      rest *= shape[i];
    }
    return new long[] {shape[0], rest};
  }
}
