package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.record.Fused;
import tributary.write.Outcome;

/** Which records are known, which are read again, and that they are what they were. */
@NullUnmarked
final class KnownRecordsTest {
  private static final StructType KEEP = StructType.fromDDL("label string");
  private static final Row LABEL = RowFactory.create("now");

  private static Dataset<Row> rows(StructType schema, Row... rows) {
    return SparkFixture.spark().createDataFrame(Arrays.asList(rows), schema);
  }

  /** Of id, hash, id, hash, ... */
  private static Dataset<Row> pairs(String... idsAndHashes) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < idsAndHashes.length; i += 2) {
      rows.add(RowFactory.create(idsAndHashes[i], idsAndHashes[i + 1]));
    }
    return rows(StructType.fromDDL("id string, input_hash string"), rows.toArray(Row[]::new));
  }

  private static KeyTable keys(String... idsAndHashes) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < idsAndHashes.length; i += 2) {
      rows.add(RowFactory.create(idsAndHashes[i], idsAndHashes[i + 1], LABEL, null, null));
    }
    rows.add(RowFactory.create(null, null, null, (long) rows.size(), (long) rows.size()));
    return KeyTable.of(rows(ContentKeys.schema(KEEP), rows.toArray(Row[]::new)), false);
  }

  private static Dataset<Row> staged(String... idsAndHashes) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < idsAndHashes.length; i += 2) {
      Fused fused =
          new Fused(
              new float[] {1},
              new TreeMap<>(Map.of("text", 1L)),
              new TreeMap<>(),
              idsAndHashes[i + 1]);
      rows.add(
          new Staged.Finished(
                  new Outcome.Embedded(idsAndHashes[i], fused), RowFactory.create("then"))
              .row());
    }
    return rows(Staged.schema(KEEP), rows.toArray(Row[]::new));
  }

  private static KnownRecords known(KeyTable keys, Dataset<Row> there, Dataset<Row> checkpoint) {
    return KnownRecords.of(keys, there, checkpoint, UnaryOperator.identity());
  }

  private static List<String> ids(Dataset<Row> rows) {
    List<String> ids = new ArrayList<>();
    rows.select("id").collectAsList().forEach(r -> ids.add(String.valueOf(r.get(0))));
    ids.sort(null);
    return ids;
  }

  private static FusedRecords fused(Dataset<Row> staged) {
    Results.Totals totals = Results.count(staged);
    return new FusedRecords(staged, totals, Census.of(totals), 0);
  }

  /** Few are known of many: they are left out; many of few: the others are picked out. */
  @ParameterizedTest
  @ValueSource(strings = {"a h1 b h2 c - - - d h4 e h5 f h6 g h7", "a h1 b h2 c - - -"})
  void theRestIsReadAgain(String all) {
    String[] given = all.split(" ");
    for (int i = 0; i < given.length; i++) {
      given[i] = given[i].equals("-") ? null : given[i];
    }
    KeyTable keys = keys(given);
    KnownRecords known =
        known(
            keys, pairs("a", "h1", "a", "h1", "b", "old", "z", "h9"), staged("b", "h2", "a", "h1"));
    assertThat(ids(known.unchanged())).containsExactly("a");
    assertThat(ids(known.resumed())).containsExactly("b");
    Row label = known.resumed().first().getAs("keep");
    assertThat(label.getString(0)).as("the column of the input as it is now").isEqualTo("now");
    assertThat(known.others()).isEqualTo(given.length / 2 - 2);
    List<String> rest = ids(known.others(keys.rows()));
    assertThat(rest).startsWith("c").contains("null").hasSize(given.length / 2 - 2);
  }

  @Test
  void anIdThatStandsTwiceIsNotKnown() {
    KeyTable keys = keys("a", "h1", "a", "h1", "b", "h2");
    KnownRecords known = known(keys, pairs("a", "h1", "b", "h2"), staged("a", "h1"));
    assertThat(ids(known.unchanged())).containsExactly("b");
    assertThat(known.resumedRecords()).isZero();
    assertThat(ids(known.others(keys.rows()))).containsExactly("a", "a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"c h4", "d h3"})
  void whatIsAnotherAtItsSecondReadingFailsTheRun(String now) {
    KnownRecords known = known(keys("a", "h1", "c", "h3"), pairs("a", "h1"), staged());
    assertThatThrownBy(
            () ->
                known.with(
                    fused(staged(now.split(" "))), pairs("a", "h1"), UnaryOperator.identity()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "Cannot account for every record: " + now.charAt(0) + " changed while");
  }

  /** A file that was not there when the keys were made, and then was. */
  @Test
  void whatIsKnownLateIsUnchangedAllTheSame() {
    Dataset<Row> there = pairs("a", "h1", "c", "h3");
    KnownRecords known = known(keys("a", "h1", "c", null, "d", null), there, staged());
    FusedRecords all =
        known.with(fused(staged("c", "h3", "d", "h4")), there, UnaryOperator.identity());
    assertThat(ids(all.rows())).containsExactly("d");
    assertThat(ids(all.unchanged().orElseThrow().rows())).containsExactly("a", "c");
    assertThat(all.known()).isEqualTo(2);
    assertThat(all.totals().done()).isEqualTo(1);
    assertThat(all.census().records()).isEqualTo(3);
  }
}
