package tributary.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.model.ModelConfig;
import tributary.models.ModelConfigs;
import tributary.read.Digest;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;

/** A record while its rows come in: in small steps, cut by position, with the culprit's name. */
class OpenRecordTest {
  private static final ModelConfig CONFIG =
      ModelConfigs.parse(
          """
          {encoder: perceiver, latents: 2, channels: 4, depth: 1, self_layers: 0, num_bands: 1,
           embedding_dim: 3,
           modalities: [{name: text, kind: text}, {name: vectors, kind: vectors, width: 3}]}
          """,
          "test");

  private final List<Subsequence> out = new ArrayList<>();

  private OpenRecord open(Map<String, Long> limits, long unit) {
    return new OpenRecord(new Recipe(CONFIG, limits, unit), out::add);
  }

  private static int steps(OpenRecord record) {
    int steps = 0;
    while (record.step()) {
      steps++;
    }
    return steps;
  }

  @Test
  void whateverADecoderThrowsIsTheCellsFault() {
    OpenRecord record = open(Map.of(), 3000);
    Payload payload =
        new Payload.Bytes(
            content -> {
              throw new NegativeArraySizeException("-1");
            },
            new byte[] {1});
    record.row(List.of(new OpenRecord.Cell("text", "caption", payload)));
    assertThatThrownBy(record::step)
        .isInstanceOfSatisfying(
            Rejected.class, e -> assertThat(e.reason()).isEqualTo(Rejected.Reason.UNREADABLE))
        .hasMessage("Cannot read the cell: java.lang.NegativeArraySizeException: -1");
    assertThat(record.column()).isEqualTo("caption");
    assertThat(record.payloadDigest()).hasSize(64);
  }

  @Test
  void aStepIsOneBlockAndWholeSubsequencesGoOutAtOnce() {
    OpenRecord record = open(Map.of(), 3000);
    assertThat(record.step()).isFalse();
    record.row(List.of(Given.text("x".repeat(10_000)))); // blocks of 4,096
    assertThat(record.step()).isTrue();
    assertThat(out).extracting(Subsequence::tokens).containsExactly(3000);
    assertThat(record.tokens()).containsExactly(Map.entry("text", 4096L));
    assertThat(steps(record)).isEqualTo(3); // two more blocks, and the end
    assertThat(out).extracting(Subsequence::tokens).containsExactly(3000, 3000, 3000);
    record.finish();
    assertThat(out).extracting(Subsequence::tokens).containsExactly(3000, 3000, 3000, 1000);
    assertThat(out).extracting(Subsequence::index).containsExactly(0L, 1L, 2L, 3L);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aTextIsCutByPositionWhateverItsCellsAre(long seed) {
    Random random = new Random(seed);
    String text = Given.letters(500 + random.nextInt(500), random);
    OpenRecord record = open(Map.of("text", 450L), 70);
    for (int from = 0; from < text.length(); ) {
      int to = Math.min(text.length(), from + random.nextInt(200));
      record.row(List.of(Given.text(text.substring(from, to)), Given.vectors(1, 2, 3)));
      if (random.nextBoolean()) {
        var unused = steps(record); // else rows wait for each other
      }
      from = to;
    }
    var unused = steps(record);
    record.finish();
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    List<Integer> lengths = new ArrayList<>();
    for (Subsequence s : out) {
      if (s.modality().equals("text")) {
        assertThat(s.index()).isEqualTo(lengths.size());
        lengths.add(s.tokens());
        s.blocks().forEach(b -> joined.writeBytes(((TokenBlock.Ids) b).ids()));
      }
    }
    assertThat(lengths).containsExactly(70, 70, 70, 70, 70, 70, 30);
    assertThat(joined.toString(StandardCharsets.UTF_8)).isEqualTo(text.substring(0, 450));
    assertThat(record.tokens()).containsEntry("text", 450L);
    assertThat(record.leftOut()).containsExactly(Map.entry("text", text.length() - 450L));
  }

  @Test
  void anEmptyCellHasNoTokensButAHash() {
    OpenRecord none = open(Map.of(), 8);
    OpenRecord empty = open(Map.of(), 8);
    empty.row(List.of(Given.text(""), Given.vectors()));
    assertThat(steps(empty)).isEqualTo(2);
    empty.finish();
    assertThat(out).isEmpty();
    assertThat(empty.tokens()).isEmpty();
    assertThat(empty.leftOut()).isEmpty();
    assertThat(empty.inputHash()).isNotEqualTo(none.inputHash());
  }

  @Test
  void theHashIsOfModalitiesAndContentsInOrder() {
    OpenRecord record = open(Map.of(), 8);
    record.row(List.of(Given.text("one"), Given.vectors(1, 2, 3)));
    record.row(List.of(Given.text("two")));
    var unused = steps(record);
    String expected =
        new Digest()
            .text("text")
            .text("one")
            .text("vectors")
            .floats(new float[] {1, 2, 3})
            .text("text")
            .text("two")
            .hex();
    assertThat(record.inputHash()).isEqualTo(expected);
  }

  @Test
  void theColumnAndThePayloadThatCouldNotBeReadAreKnown() {
    OpenRecord record = open(Map.of(), 8);
    assertThat(record.column()).isEmpty();
    assertThat(record.payloadDigest()).isNull();
    record.row(List.of(Given.text("fine"), Given.missing("vectors"), Given.text("never")));
    assertThat(record.step()).isTrue();
    assertThat(record.column()).isEqualTo("words");
    assertThat(record.payloadDigest()).isEqualTo(new Digest().text("fine").hex());
    assertThatThrownBy(() -> steps(record)).isInstanceOf(Rejected.class).hasMessage("gone");
    assertThat(record.column()).isEqualTo("file");
    assertThat(record.payloadDigest()).isNull();
  }

  @Test
  void aModalityThatTheModelHasNotIsAFault() {
    OpenRecord record = open(Map.of(), 8);
    record.row(List.of(Given.missing("sound")));
    assertThatThrownBy(record::step).hasMessage("gone"); // its content comes first
    OpenRecord other = open(Map.of(), 8);
    other.row(List.of(Given.cell("sound", "s", Given.text("x").payload())));
    assertThatThrownBy(other::step)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid modality: sound (one of [text, vectors])");
  }
}
