package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.Test;
import tributary.read.Rejected.Reason;
import tributary.record.Fused;
import tributary.write.Outcome;

/** Every case goes into a row and comes out of it, by the names of the columns. */
class StagedTest {
  private static final StructType KEEP =
      new StructType().add("label", DataTypes.StringType).add("n", DataTypes.IntegerType);
  private static final Row KEPT = RowFactory.create("kite", 3);
  private static final SortedMap<String, Long> TOKENS =
      new TreeMap<>(java.util.Map.of("text", 5L, "image", 16L));
  private static final SortedMap<String, Long> LEFT_OUT =
      new TreeMap<>(java.util.Map.of("text", 2L));

  private static final List<Staged> ALL =
      List.of(
          new Staged.Finished(
              new Outcome.Embedded(
                  "a", new Fused(new float[] {1, -2, 0.5f}, TOKENS, LEFT_OUT, "hash")),
              KEPT),
          new Staged.Finished(
              new Outcome.Embedded(
                  "b", new Fused(new float[0], new TreeMap<>(), new TreeMap<>(), "none")),
              KEPT),
          new Staged.Finished(
              new Outcome.Quarantined("c", "picture", Reason.CORRUPT_IMAGE, "no end", "digest"),
              KEPT),
          new Staged.Finished(
              new Outcome.Quarantined(null, "id", Reason.NULL_ID, "the id is null", null), KEPT),
          new Staged.Header(
              "d", TOKENS, LEFT_OUT, "hash", KEPT, Staged.NO_LATENTS, new TreeMap<>()),
          new Staged.Header(
              "d",
              TOKENS,
              LEFT_OUT,
              "hash",
              KEPT,
              new byte[] {1, 2},
              new TreeMap<>(Map.of("text", "ab", "x", "cd"))),
          new Staged.Copy("d", "text", 1, TOKENS, new byte[] {3}),
          new Staged.Piece("d", "image", 1L << 40, new byte[] {4, 5}),
          new Staged.Node("d", "image", 7, new byte[] {6}),
          new Staged.Read(11, 7),
          new Staged.Known("e", "hash", KEPT, 1L << 50, true),
          new Staged.Known("f", "hash", KEPT, 0, false));

  private static Dataset<Row> rows() {
    return SparkFixture.spark()
        .createDataset(ALL.stream().map(Staged::row).toList(), Encoders.row(Staged.schema(KEEP)));
  }

  private static void isAll(List<Row> rows) {
    assertThat(rows.stream().map(Staged::of).toList())
        .usingRecursiveFieldByFieldElementComparator(
            RecursiveComparisonConfiguration.builder()
                .withEqualsForType(Row::equals, Row.class)
                .withEqualsForType(Float::equals, Float.class)
                .build())
        .containsExactlyElementsOf(ALL);
  }

  @Test
  void everyCaseComesOutAsItWentIn() {
    isAll(rows().collectAsList());
  }

  @Test
  void columnsAreFoundByName() {
    Dataset<Row> rows = rows();
    List<String> names = new ArrayList<>(List.of(rows.columns()));
    Collections.reverse(names);
    Column[] columns = names.stream().map(n -> col(n)).toArray(Column[]::new);
    isAll(rows.select(columns).collectAsList());
  }

  @Test
  void rowsAreToldApartByKind() {
    for (Staged.Kind kind : Staged.Kind.values()) {
      assertThat(rows().filter(kind.holds()).collectAsList())
          .as("%s", kind)
          .isNotEmpty()
          .allSatisfy(row -> assertThat(Staged.Kind.of(row)).isEqualTo(kind));
    }
  }

  @Test
  void theTablesHaveOneRowPerOutcome() {
    Dataset<Row> staged = rows();
    assertThat(
            Results.output(staged, "model", "recipe", "run", List.of("label"))
                .select("id", "norm", "present", "input_hash", "label")
                .collectAsList())
        .extracting(Row::toString)
        .containsExactly(
            "[a,2.291288,ArraySeq(image, text),hash,kite]", "[b,0.0,ArraySeq(),none,kite]");
    assertThat(Results.quarantine(staged, "run").collectAsList())
        .extracting(Row::toString)
        .containsExactly(
            "[c,picture,CORRUPT_IMAGE,no end,digest,run]",
            "[null,id,NULL_ID,the id is null,null,run]");
    Results.Totals totals = Results.count(staged);
    assertThat(totals.read()).isEqualTo(11);
    assertThat(totals.duplicateIds()).isZero();
    assertThat(Results.countWithDuplicates(staged, 3).duplicateIds()).as("d").isEqualTo(1);
    assertThat(totals.done()).isEqualTo(2);
    assertThat(totals.quarantined()).isEqualTo(2);
    assertThat(totals.headers()).isEqualTo(2);
    assertThat(totals.tokens()).isEqualTo(TOKENS);
    assertThat(totals.leftOut()).isEqualTo(LEFT_OUT);
    assertThat(totals.reasons()).isEqualTo(java.util.Map.of("CORRUPT_IMAGE", 1L, "NULL_ID", 1L));
  }
}
