package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import tributary.read.Digest;

/** Which records are told to be known, and of which the content is not even asked for. */
@NullUnmarked
class KnownIndexTest {
  private static final Row KEEP = RowFactory.create("label");

  private static String hash(String content) {
    return new Digest().text(content).hex();
  }

  private static Row row(String id, String content, boolean ours, long kept) {
    return RowFactory.create(id, content == null ? null : hash(content), ours, kept);
  }

  private static Optional<Dataset<Row>> output(Row... rows) {
    return Optional.of(
        SparkFixture.spark()
            .createDataFrame(
                List.of(rows),
                StructType.fromDDL("id string, input_hash string, ours boolean, kept bigint"))
            .repartition(2));
  }

  private static Optional<Dataset<Row>> checkpoint(String... idsAndContents) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < idsAndContents.length; i += 2) {
      rows.add(RowFactory.create(idsAndContents[i], hash(idsAndContents[i + 1])));
    }
    return Optional.of(
        SparkFixture.spark()
            .createDataFrame(rows, StructType.fromDDL("id string, input_hash string")));
  }

  private static Optional<Staged.Known> known(KnownIndex.Made made, String id, String content) {
    return made.index().known(id, KEEP, () -> hash(content));
  }

  @Test
  void aRecordIsKnownByIdAndContent() {
    KnownIndex.Made made =
        KnownIndex.of(
            output(row("a", "one", true, 5), row("b", "one", false, 6), row("c", null, true, 7)),
            checkpoint("d", "two", "a", "three"));
    assertThat(made.rows()).isEqualTo(3);
    assertThat(made.distinct()).isTrue();
    assertThat(known(made, "a", "one")).contains(new Staged.Known("a", hash("one"), KEEP, 5, true));
    assertThat(known(made, "a", "three"))
        .as("of the checkpoint, which may be of a later content")
        .contains(new Staged.Known("a", hash("three"), KEEP, 0, false));
    assertThat(known(made, "d", "two"))
        .contains(new Staged.Known("d", hash("two"), KEEP, 0, false));
    assertThat(known(made, "a", "two")).isEmpty();
    assertThat(known(made, "b", "one")).as("of another model").isEmpty();
    assertThat(known(made, "c", "one")).as("a row without a hash").isEmpty();
    assertThat(made.index().known("a", KEEP, () -> null)).as("content that is not had").isEmpty();
  }

  @Test
  void theOutputIsPreferredToTheCheckpoint() {
    KnownIndex.Made made = KnownIndex.of(output(row("a", "one", true, 5)), checkpoint("a", "one"));
    assertThat(known(made, "a", "one")).contains(new Staged.Known("a", hash("one"), KEEP, 5, true));
  }

  @Test
  void contentIsNotAskedForWhereTheIdIsNew() {
    KnownIndex.Made made = KnownIndex.of(output(row("a", "one", true, 5)), Optional.empty());
    assertThat(
            made.index()
                .known(
                    "z",
                    KEEP,
                    () -> {
                      throw new AssertionError("a payload was read");
                    }))
        .isEmpty();
  }

  @Test
  void anIdThatStandsTwiceIsTold() {
    KnownIndex.Made made =
        KnownIndex.of(
            output(row("a", "one", true, 5), row("b", "one", true, 5), row("a", "two", false, 5)),
            Optional.empty());
    assertThat(made.rows()).isEqualTo(3);
    assertThat(made.distinct()).isFalse();
    assertThat(KnownIndex.of(Optional.empty(), checkpoint("a", "one", "a", "two")).repeated())
        .isFalse();
    assertThat(KnownIndex.of(Optional.empty(), checkpoint("a", "1", "b", "2", "a", "1")).repeated())
        .isTrue();
    assertThat(KnownIndex.of(Optional.empty(), checkpoint("a", "one", "a", "two")).distinct())
        .as("of the output alone")
        .isTrue();
  }

  @Test
  void manyAreFoundEachByItself() {
    Row[] rows = new Row[3000];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row("id " + i, "content " + i, i % 3 != 0, i);
    }
    KnownIndex.Made made = KnownIndex.of(output(rows), Optional.empty());
    for (int i = 0; i < rows.length; i++) {
      assertThat(known(made, "id " + i, "content " + i).isPresent()).isEqualTo(i % 3 != 0);
      assertThat(known(made, "id " + i, "content " + (i + 1))).isEmpty();
    }
  }

  @Test
  void foreignTextInTheHashColumnIsNotKnown() {
    Dataset<Row> odd =
        SparkFixture.spark()
            .sql(
                "select 'a' as id, repeat('g', 64) as input_hash, true as ours, 1L as kept"
                    + " union all select 'b', 'ab', true, 1L union all select null, null, null, 1L");
    KnownIndex.Made made = KnownIndex.of(Optional.of(odd), Optional.empty());
    assertThat(made.rows()).isEqualTo(3);
    assertThat(made.index().size()).isZero();
  }
}
