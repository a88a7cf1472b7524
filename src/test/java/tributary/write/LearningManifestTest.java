package tributary.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fields of a learning run's manifest as they are written, and its account of records. */
class LearningManifestTest {
  @Test
  void everyFieldIsWrittenUnderItsName() throws IOException {
    LearningManifest manifest =
        new LearningManifest(
            "feed",
            "2026-01-02T03:04:05Z",
            Map.of("learn.batch", "64"),
            new RunManifest.ModelInfo("elastic", "beef", "random, seed 7", 12_345_678_901L, 10),
            new RunManifest.ModelInfo("elastic", "cafe", "learnt", 12_345_678_900L, 10),
            "00000000deadbeef",
            Map.of("java", "17"),
            Map.of("cores", "2"),
            new LearningManifest.Records(10, 6, 1, 3, Map.of("NOT_UTF8", 3L)),
            Map.of("text", 5_000_000_000L),
            new LearningManifest.Steps(4, 9, 64),
            -7,
            1.5,
            new LearningManifest.Means(
                new TreeMap<>(Map.of("masked/text", 0.25)), new TreeMap<>(Map.of("accuracy", 0.5))),
            new LearningManifest.Means(new TreeMap<>(), new TreeMap<>()),
            new LearningManifest.Told(1, 1.0),
            List.of("One record"));
    String expected =
        """
        {"runId": "feed", "startedAt": "2026-01-02T03:04:05Z", "config": {"learn.batch": "64"},
         "start": {"encoder": "elastic", "hash": "beef", "origin": "random, seed 7",
                   "parameters": 12345678901, "embeddingDim": 10},
         "model": {"encoder": "elastic", "hash": "cafe", "origin": "learnt",
                   "parameters": 12345678900, "embeddingDim": 10},
         "inputHash": "00000000deadbeef", "versions": {"java": "17"}, "machine": {"cores": "2"},
         "records": {"in": 10, "learnt": 6, "heldOut": 1, "quarantined": 3,
                     "reasons": {"NOT_UTF8": 3}},
         "tokens": {"text": 5000000000}, "steps": {"from": 4, "to": 9, "batch": 64}, "seed": -7,
         "seconds": 1.5, "training": {"losses": {"masked/text": 0.25}, "measures": {"accuracy": 0.5}},
         "validation": {"losses": {}, "measures": {}}, "heldOut": {"records": 1, "accuracy": 1.0},
         "warnings": ["One record"]}
        """;
    ObjectMapper mapper = new ObjectMapper();
    JsonNode written = mapper.readTree(manifest.json());
    assertThat(written.toPrettyString()).isEqualTo(mapper.readTree(expected).toPrettyString());
    assertThat(manifest.json().lines()).contains("  \"seconds\" : 1.5,");
  }

  @ParameterizedTest
  @CsvSource({"10, 6, 1, 2", "10, 6, 2, 3", "9, 6, 1, 3"})
  void anAccountThatDoesNotAddUpIsRefused(long in, long learnt, long heldOut, long quarantined) {
    assertThatThrownBy(
            () -> new LearningManifest.Records(in, learnt, heldOut, quarantined, Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot account for every record: in %d, learnt %d, held out %d, quarantined %d",
            in, learnt, heldOut, quarantined);
  }
}
