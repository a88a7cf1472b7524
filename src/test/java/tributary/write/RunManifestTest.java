package tributary.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fields of a manifest as they are written, and its account of records. */
class RunManifestTest {
  private static RunManifest manifest(RunManifest.Counts counts) {
    return manifest(counts, null);
  }

  private static RunManifest manifest(RunManifest.Counts counts, RunManifest.@Nullable Read read) {
    return new RunManifest(
        "0123456789abcdef",
        "done",
        "2026-01-02T03:04:05Z",
        Map.of("kernels", "cpu"),
        new RunManifest.ModelInfo("elastic", "beef", "random, seed 7", 12_345_678_901L, 10),
        "00000000deadbeef",
        Map.of("java", "17"),
        "Java",
        counts,
        Map.of("text", 5_000_000_000L),
        Map.of("text", 7L),
        0.25,
        Map.of("encode", 1.5),
        1L << 40,
        List.of("a \"warning\", näher"),
        read,
        null);
  }

  private static RunManifest.Counts counts() {
    return new RunManifest.Counts(12, 10, 6, 1, 3, 2, Map.of("NOT_UTF8", 3L));
  }

  @Test
  void everyFieldIsWrittenUnderItsName() throws IOException {
    String expected =
        """
        {"runId": "0123456789abcdef", "status": "done", "startedAt": "2026-01-02T03:04:05Z",
         "config": {"kernels": "cpu"},
         "model": {"encoder": "elastic", "hash": "beef", "origin": "random, seed 7",
                   "parameters": 12345678901, "embeddingDim": 10},
         "inputHash": "00000000deadbeef", "versions": {"java": "17"}, "device": "Java",
         "counts": {"rows": 12, "in": 10, "out": 6, "unchanged": 1, "quarantined": 3, "spread": 2,
                    "reasons": {"NOT_UTF8": 3}},
         "tokens": {"text": 5000000000}, "leftOut": {"text": 7}, "paddingWaste": 0.25,
         "seconds": {"encode": 1.5}, "peakNativeBytes": 1099511627776,
         "warnings": ["a \\"warning\\", näher"]}
        """;
    ObjectMapper mapper = new ObjectMapper();
    JsonNode written = mapper.readTree(manifest(counts()).json());
    assertThat(written.toPrettyString()).isEqualTo(mapper.readTree(expected).toPrettyString());
  }

  @Test
  void whatWasReadComesBack() {
    RunManifest read = manifest(counts(), new RunManifest.Read("12", "9", "ab", true, "cd", true));
    assertThat(RunManifest.of(read.json())).isEqualTo(read);
    assertThat(RunManifest.of(manifest(counts()).json())).isEqualTo(manifest(counts()));
  }

  @Test
  void itHasOneLinePerValue() {
    assertThat(manifest(counts()).json().lines())
        .contains("  \"paddingWaste\" : 0.25,", "    \"quarantined\" : 3,")
        .hasSizeGreaterThan(30);
  }

  @ParameterizedTest
  @CsvSource({"10, 6, 1, 2", "10, 6, 1, 4", "10, 5, 1, 3", "9, 6, 1, 3", "10, 6, 0, 3"})
  void anAccountThatDoesNotAddUpIsRefused(long in, long out, long unchanged, long quarantined) {
    assertThatThrownBy(
            () -> new RunManifest.Counts(12, in, out, unchanged, quarantined, 0, Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot account for every record: in %d, out %d, unchanged %d, quarantined %d (did the"
                + " input change during the run?)",
            in, out, unchanged, quarantined);
  }

  @Test
  void whoExceedsTheBudgetIsToldHowAndWhereToLook() {
    RunManifest manifest = manifest(counts());
    BudgetExceeded exceeded = new BudgetExceeded(manifest, 0.125, "out/quarantine");
    assertThat(exceeded)
        .hasMessage(
            "Cannot finish the run: 3 of 10 records quarantined (errors.max-fraction 0.125);"
                + " reasons {NOT_UTF8=3}; see out/quarantine");
    assertThat(exceeded.manifest()).containsSame(manifest);
  }
}
