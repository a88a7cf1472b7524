package tributary.spark.sql;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.attention.Retro;
import tributary.attention.Weights;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.model.Weight;
import tributary.spark.FuseJob;
import tributary.spark.SparkFixture;
import tributary.spark.SyntheticTable;
import tributary.spark.sql.NearestNeighbours.Measure;
import tributary.spark.sql.NearestNeighbours.Retrieved;
import tributary.tensor.JavaBackend;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

class NearestNeighboursTest {
  private static final float[][] VECTORS = {{1, 2, -1}, {0, 0, 0}};

  @TempDir Path folder;

  /** What a plain sort finds among (id, embedding). */
  private static List<String> sorted(
      Map<String, float[]> table, float[] x, int k, Measure measure) {
    Comparator<String> byScore =
        Comparator.comparingDouble(id -> -score(x, Objects.requireNonNull(table.get(id)), measure));
    return table.keySet().stream()
        .sorted(byScore.thenComparing(Comparator.naturalOrder()))
        .limit(k)
        .toList();
  }

  private static double score(float[] x, float[] y, Measure measure) {
    double dot = 0;
    double xx = 0;
    double yy = 0;
    double distance = 0;
    for (int c = 0; c < x.length; c++) {
      dot += (double) x[c] * y[c];
      xx += (double) x[c] * x[c];
      yy += (double) y[c] * y[c];
      distance += Math.pow((double) x[c] - y[c], 2);
    }
    return switch (measure) {
      case DOT -> dot;
      case COSINE -> xx * yy == 0 ? 0 : dot / Math.sqrt(xx * yy);
      case EUCLIDEAN -> -distance;
    };
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Measure.class)
  void theNearestOfAPlainSortWhateverThePartitioning(Measure measure) {
    Dataset<Row> table =
        SparkFixture.spark()
            .range(200)
            .selectExpr(
                "concat('r', id % 150) as id",
                "if(id % 11 = 0, null, array(float(id * 37 % 17), float(id * 31 % 13), float(id * 29 % 7 - 3))) as embedding")
            .dropDuplicates("id");
    Map<String, float[]> plain = new TreeMap<>();
    for (Row row : table.filter("embedding is not null").collectAsList()) {
      List<Float> e = row.getList(1);
      plain.put(row.getString(0), new float[] {e.get(0), e.get(1), e.get(2)});
    }
    for (int partitions : new int[] {1, 3, 16}) {
      List<Row> found =
          new NearestNeighbours(table.repartition(partitions), "id", "embedding", measure)
              .of(VECTORS, 7)
              .orderBy("query", "rank")
              .collectAsList();
      assertThat(found).hasSize(14);
      for (int q = 0; q < 2; q++) {
        int query = q;
        assertThat(found.stream().filter(r -> r.getInt(0) == query).map(r -> r.getString(2)))
            .containsExactlyElementsOf(sorted(plain, VECTORS[q], 7, measure));
      }
      for (Row row : found) {
        assertThat(row.getDouble(3))
            .isEqualTo(
                score(
                    VECTORS[row.getInt(0)],
                    Objects.requireNonNull(plain.get(row.getString(2))),
                    measure));
      }
    }
  }

  /** From a job's output to what a RETRO layer makes of it. */
  @Test
  void aRetroLayerAttendsToWhatTheJobWrote() {
    Dataset<Row> records = SyntheticTable.frame(SparkFixture.spark(), 12, 2, 40, 0, 0, 3);
    JobConfig job = TestJob.in(folder).build();
    FuseJob.run(job, Map.of(), SparkFixture.spark(), records);
    Map<String, float[]> written = new TreeMap<>();
    SparkFixture.embeddings(job).forEach((id, e) -> written.put(id, SparkFixture.floats(e)));
    String asker = written.keySet().iterator().next();
    float[] own = Objects.requireNonNull(written.remove(asker));
    int width = own.length;
    Random random = new Random(5);
    float[][] chunks = {own, Normal.values(width, 1, random)}; // a vector of each chunk
    Dataset<Row> table =
        SparkFixture.spark().read().format(job.output().format()).load(job.output().path());
    Retrieved retrieved =
        new NearestNeighbours(
                table.filter(col("id").notEqual(asker)), "id", "embedding", Measure.EUCLIDEAN)
            .retrieve(chunks, 4);
    List<Float> expected = new ArrayList<>();
    for (float[] chunk : chunks) {
      for (String id : sorted(written, chunk, 4, Measure.EUCLIDEAN)) {
        for (float v : Objects.requireNonNull(written.get(id))) {
          expected.add(v);
        }
      }
    }
    assertThat(retrieved.neighbours()).containsExactly(SparkFixture.floats(expected));
    assertThat(retrieved.shape()).isEqualTo(new Shape(2, 4, width));
    try (JavaBackend backend = new JavaBackend();
        Weights weights = new Weights(retro(random, width), backend);
        Scope scope = backend.open(0)) {
      Retro layer = Retro.of(weights, "retro", 2, 3);
      Tensor x = scope.upload(Shape.matrix(7, width), Normal.values(7 * width, 1, random), 0);
      Tensor y = layer.apply(scope, x, retrieved.upload(scope), retrieved.mask());
      float[] values = scope.values(y);
      for (int t = 0; t < 7; t++) {
        float[] row = Arrays.copyOfRange(values, t * width, (t + 1) * width);
        if (t < 2) {
          assertThat(row).containsOnly(0);
        } else {
          assertThat(row).doesNotContain(0);
        }
      }
    }
  }

  @Test
  void whereTheTableHasFewerRowsTheRestIsMasked() {
    Dataset<Row> table =
        SparkFixture.spark().sql("select 7 as id, array(1, 2, 3) as e union all select 8, null");
    Retrieved found = new NearestNeighbours(table, "id", "e", Measure.DOT).retrieve(VECTORS, 2);
    assertThat(found.real()).containsExactly(true, false, true, false);
    assertThat(found.neighbours()).containsExactly(1, 2, 3, 0, 0, 0, 1, 2, 3, 0, 0, 0);
    assertThat(found.mask().allowed(1, 0, 0)).isTrue();
    assertThat(found.mask().allowed(1, 0, 1)).isFalse();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "\"a\" | array(1, 2) | Cannot retrieve embedding of a: 2 numbers (expected 3)",
        "\"b\" | array(1, null, 2) | Cannot retrieve embedding of b: number 1 is null (a finite float)",
        "null | array(1, 2, 3) | Cannot retrieve embedding: its id is null"
      })
  void whatIsNoEmbeddingIsRefused(String id, String embedding, String told) {
    Dataset<Row> table =
        SparkFixture.spark().sql("select cast(" + id + " as string) as id, " + embedding + " as e");
    NearestNeighbours neighbours = new NearestNeighbours(table, "id", "e", Measure.DOT);
    assertThatThrownBy(() -> neighbours.retrieve(VECTORS, 1)).rootCause().hasMessage(told);
  }

  @Test
  void whatIsNoQuestionIsRefused() {
    NearestNeighbours neighbours =
        new NearestNeighbours(
            SparkFixture.spark().sql("select 1 as id, array(1) as e"), "id", "e", Measure.DOT);
    assertThatThrownBy(() -> neighbours.of(new float[0][], 1))
        .hasMessage("Invalid vectors: [] (at least one)");
    assertThatThrownBy(() -> neighbours.of(new float[][] {{1}, {1, 2}}, 1))
        .hasMessage("Invalid vectors: row 1 has 2 numbers (as row 0: 1)");
    assertThatThrownBy(() -> neighbours.of(new float[][] {{1}}, 0))
        .hasMessage("Invalid neighbours: 0 (>= 1)");
  }

  private static Map<String, Weight> retro(Random random, int width) {
    Map<String, Weight> named = new TreeMap<>();
    for (String layer : List.of("query", "key", "value")) {
      named.put(
          "retro." + layer + ".weight",
          new Weight(new long[] {6, width}, Normal.values(6 * width, 1, random)));
    }
    named.put(
        "retro.output.weight",
        new Weight(new long[] {width, 6}, Normal.values(width * 6, 1, random)));
    named.put("retro.null.key", new Weight(new long[] {2, 3}, Normal.values(6, 1, random)));
    named.put("retro.null.value", new Weight(new long[] {2, 3}, Normal.values(6, 1, random)));
    return named;
  }
}
