package tributary.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.encode.Encoder;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.Weight;
import tributary.models.ModelConfigs;
import tributary.models.Models;
import tributary.read.Rejected;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Normal;

/** The plain loop: what of a record's rows an embedding and its hash depend on, and what not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FuserTest {
  private final Backend backend = new JavaBackend();
  private final Model model = Initialization.random(read("tiny"), 7);
  private final Encoder encoder = Models.encoder(model, backend);

  @AfterAll
  void close() {
    encoder.close();
    backend.close();
  }

  private static ModelConfig read(String name) {
    return ModelConfigs.read(Path.of("src/test/resources/models/" + name + ".yaml"));
  }

  private Fuser fuser(Map<String, Long> limits) {
    return new Fuser(new Recipe(model.config(), limits, encoder.subsequenceTokens()), encoder);
  }

  private Fused fuse(List<List<OpenRecord.Cell>> rows) {
    return fuser(Map.of()).fuse(rows);
  }

  /** Cells of both modalities, in a random order. */
  private static List<OpenRecord.Cell> cells(Random random) {
    List<OpenRecord.Cell> cells = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      cells.add(
          random.nextBoolean()
              ? Given.text(Given.letters(random.nextInt(60), random))
              : Given.vectors(Normal.values(3 * random.nextInt(20), 1, random)));
    }
    return cells;
  }

  private static List<List<OpenRecord.Cell>> cut(List<OpenRecord.Cell> cells, Random random) {
    List<List<OpenRecord.Cell>> rows = new ArrayList<>();
    rows.add(new ArrayList<>());
    for (OpenRecord.Cell cell : cells) {
      while (random.nextInt(3) == 0) {
        rows.add(new ArrayList<>()); // a row may have no cells
      }
      rows.get(rows.size() - 1).add(cell);
    }
    return rows;
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void anyCutIntoRowsGivesTheSame(long seed) {
    Random random = new Random(seed);
    List<OpenRecord.Cell> cells = cells(random);
    Fused whole = fuse(List.of(cells));
    assertThat(whole.embedding()).hasSize(10);
    assertThat(whole.tokens()).isNotEmpty();
    for (int i = 0; i < 5; i++) {
      Fused cut = fuse(cut(cells, random));
      assertThat(cut.embedding()).containsExactly(whole.embedding());
      assertThat(cut.tokens()).isEqualTo(whole.tokens());
      assertThat(cut.leftOut()).isEmpty();
      assertThat(cut.inputHash()).isEqualTo(whole.inputHash());
    }
  }

  /** Tokens are numbered through all rows, so that pieces are the whole; the hash tells them. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void piecesOfATextGiveItsEmbeddingAndAnotherHash(long seed) {
    Random random = new Random(seed);
    String text = Given.letters(2 + random.nextInt(200), random);
    float[] vectors = Normal.values(30, 1, random);
    int at = 1 + random.nextInt(text.length() - 1);
    Fused whole = fuse(List.of(List.of(Given.text(text), Given.vectors(vectors))));
    Fused pieces =
        fuse(
            List.of(
                List.of(Given.text(text.substring(0, at)), Given.vectors(vectors)),
                List.of(Given.text(text.substring(at)))));
    assertThat(pieces.embedding()).containsExactly(whole.embedding());
    assertThat(pieces.tokens()).isEqualTo(whole.tokens());
    assertThat(whole.tokens())
        .isEqualTo(new TreeMap<>(Map.of("text", (long) text.length(), "vectors", 10L)));
    assertThat(pieces.inputHash()).isNotEqualTo(whole.inputHash());
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void otherContentGivesAnotherEmbeddingAndHash(long seed) {
    Random random = new Random(seed);
    float[] vectors = Normal.values(30, 1, random);
    Fused one = fuse(List.of(List.of(Given.vectors(vectors))));
    vectors[random.nextInt(30)] += 1;
    Fused other = fuse(List.of(List.of(Given.vectors(vectors.clone()))));
    assertThat(other.embedding()).isNotEqualTo(one.embedding());
    assertThat(other.inputHash()).isNotEqualTo(one.inputHash());
  }

  @Test
  void whatALimitLeavesOutIsCountedAndDoesNotMatter() {
    Random random = new Random(1);
    String text = Given.letters(50, random);
    OpenRecord.Cell vectors = Given.vectors(Normal.values(9, 1, random));
    Fused limited =
        fuser(Map.of("text", 20L))
            .fuse(
                List.of(
                    List.of(Given.text(text.substring(0, 15)), vectors),
                    List.of(Given.text(text.substring(15, 40))),
                    List.of(Given.text(text.substring(40)))));
    Fused first20 = fuse(List.of(List.of(Given.text(text.substring(0, 20)), vectors)));
    assertThat(limited.embedding()).containsExactly(first20.embedding());
    assertThat(limited.tokens()).isEqualTo(new TreeMap<>(Map.of("text", 20L, "vectors", 3L)));
    assertThat(limited.leftOut()).isEqualTo(new TreeMap<>(Map.of("text", 30L)));
    assertThat(limited.inputHash()).isNotEqualTo(first20.inputHash()); // of all that was given
  }

  @Test
  void aRecordThatTheModelHasNoRoomForIsRefusedUnlessALimitLeavesItOut() {
    Model small = Initialization.random(read("tiny-perceiver-io"), 1); // room for 198 bytes
    try (Encoder io = Models.encoder(small, backend)) {
      Fuser open = new Fuser(new Recipe(small.config(), Map.of(), io.subsequenceTokens()), io);
      String text = Given.letters(199, new Random(1));
      Fused full = open.fuse(List.of(List.of(Given.text(text.substring(0, 198)))));
      assertThat(full.tokens()).containsExactly(Map.entry("text", 198L));
      Rejected rejected =
          catchThrowableOfType(
              Rejected.class,
              () ->
                  open.fuse(
                      List.of(
                          List.of(Given.text(text.substring(0, 198))),
                          List.of(Given.text(text.substring(198))))));
      assertThat(rejected.reason()).isEqualTo(Rejected.Reason.TOO_LONG);
      assertThat(rejected)
          .hasMessage(
              "199 tokens of text up to the end of this cell, more than the 198 that the model has"
                  + " room for (modalities.text.max-tokens leaves the rest out, counted)");
      Fuser limited =
          new Fuser(new Recipe(small.config(), Map.of("text", 198L), io.subsequenceTokens()), io);
      Fused cut = limited.fuse(List.of(List.of(Given.text(text))));
      assertThat(cut.embedding()).containsExactly(full.embedding());
      assertThat(cut.leftOut()).containsExactly(Map.entry("text", 1L));
    }
  }

  /** As large as floats are, with the signs of a channel's weights, which sum up to above 1. */
  @Test
  void inputsThatOverflowAreRefused() {
    Weight embed = Objects.requireNonNull(model.weights().get("embed.vectors.weight"));
    float[] w = embed.values(); // [8, 3]
    int row = 0;
    for (int i = 3; i < w.length; i += 3) {
      row = sum(w, i) > sum(w, row) ? i : row;
    }
    assertThat(sum(w, row)).isGreaterThan(1);
    float[] huge = new float[3];
    for (int i = 0; i < 3; i++) {
      huge[i] = Math.copySign(Float.MAX_VALUE, w[row + i]);
    }
    Rejected rejected =
        catchThrowableOfType(Rejected.class, () -> fuse(List.of(List.of(Given.vectors(huge)))));
    assertThat(rejected.reason()).isEqualTo(Rejected.Reason.NOT_FINITE);
    assertThat(rejected).hasMessage("embedding value 0 is NaN: the inputs are too large");
  }

  private static double sum(float[] w, int from) {
    return (double) Math.abs(w[from]) + Math.abs(w[from + 1]) + Math.abs(w[from + 2]);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void theFirstValueThatIsNotFiniteIsNamed(float bad) {
    assertThatThrownBy(() -> Fuser.finite(new float[] {1, -2, bad, bad}))
        .isInstanceOf(Rejected.class)
        .hasMessage("embedding value 2 is " + bad + ": the inputs are too large");
    float[] fine = {0, -0f, Float.MIN_VALUE, Float.MAX_VALUE};
    assertThat(Fuser.finite(fine)).isSameAs(fine);
  }

  @Test
  void theNormIsSummedInDouble() {
    assertThat(Fused.norm(new float[] {3, -4})).isEqualTo(5);
    assertThat(Fused.norm(new float[] {3e30f, 4e30f})).isEqualTo(5e30f); // squares beyond float
    float[] many = new float[1 << 20];
    Arrays.fill(many, 1);
    many[0] = 4096; // its square is 2^24, to which float adds no 1
    assertThat(Fused.norm(many)).isEqualTo((float) Math.sqrt((1 << 24) + (1 << 20) - 1.0));
    assertThat(Fused.norm(new float[0])).isZero();
  }
}
