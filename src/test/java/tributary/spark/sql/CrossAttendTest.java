package tributary.spark.sql;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;
import tributary.attention.CrossAttention;
import tributary.attention.MergeableAttention;
import tributary.attention.Weights;
import tributary.model.Weight;
import tributary.spark.SparkFixture;
import tributary.tensor.JavaBackend;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

class CrossAttendTest {
  private static final int WIDTH = 4;
  private static final float[][] QUERIES = {{1, 0, 2, -1}, {0, 0, 0, 0}, {3, 3, -2, 1}};
  private static final StructType SCHEMA =
      new StructType()
          .add("key", DataTypes.StringType)
          .add("embedding", DataTypes.createArrayType(DataTypes.FloatType));

  /** 300 rows of three keys, every seventh embedding null; a fourth key with nothing but nulls. */
  private static List<Row> rows() {
    Random random = new Random(8);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Float[] x = new Float[WIDTH];
      Arrays.setAll(x, c -> (float) random.nextGaussian());
      rows.add(RowFactory.create("k" + i % 3, i % 7 == 0 ? null : x));
    }
    rows.add(RowFactory.create("nothing", null));
    return rows;
  }

  private static Dataset<Row> table(List<Row> rows) {
    return SparkFixture.spark().createDataFrame(rows, SCHEMA);
  }

  @SuppressWarnings("unchecked") // the aggregate's type
  private static Map<String, @Nullable List<List<Float>>> collect(Dataset<Row> grouped) {
    Map<String, @Nullable List<List<Float>>> out = new TreeMap<>();
    for (Row row : grouped.collectAsList()) {
      List<List<Float>> attended = null;
      if (!row.isNullAt(1)) {
        attended = new ArrayList<>();
        for (Object one : row.getList(1)) {
          attended.add(List.copyOf(CollectionConverters.asJava((Seq<Float>) one)));
        }
      }
      out.put(row.getString(0), attended);
    }
    return out;
  }

  @ParameterizedTest(name = "{0} partitions")
  @ValueSource(ints = {1, 2, 7, 40})
  void anyPartitioningGivesTheBitsOfOneList(int partitions) {
    Dataset<Row> table = table(rows()).repartition(partitions).orderBy(rand(3));
    table.repartition(partitions).createOrReplaceTempView("embeddings");
    CrossAttend attend = CrossAttend.of(QUERIES);
    attend.register(SparkFixture.spark(), CrossAttend.NAME);
    Map<String, @Nullable List<List<Float>>> sql =
        collect(
            SparkFixture.spark()
                .sql("select key, cross_attend(embedding) from embeddings group by key"));
    Map<String, @Nullable List<List<Float>>> columns =
        collect(table.groupBy("key").agg(attend.function().apply(col("embedding"))));
    Map<String, @Nullable List<List<Float>>> expected = new TreeMap<>();
    for (String key : List.of("k0", "k1", "k2")) {
      MergeableAttention attention = MergeableAttention.plain(QUERIES, 1);
      MergeableAttention.State state = attention.empty();
      for (Row row : rows()) {
        if (row.getString(0).equals(key) && !row.isNullAt(1)) {
          attention.accept(state, SparkFixture.floats(List.of((Float[]) row.get(1))));
        }
      }
      expected.put(key, boxed(attention.finish(state)));
    }
    expected.put("nothing", null);
    assertThat(sql).isEqualTo(expected);
    assertThat(columns).isEqualTo(expected);
    // A query of zeros weighs all keys alike: their mean.
    assertThat(Objects.requireNonNull(sql.get("k1")).get(1).get(0))
        .isCloseTo(mean(rows(), "k1"), Offset.offset((float) Tolerance.sum(100, 4).absolute()));
  }

  /** The aggregate with a layer's weights is the layer on the rows together. */
  @Test
  void withProjectionsItIsTheLayerOnAllRows() {
    Random random = new Random(9);
    Map<String, Weight> named = new TreeMap<>();
    for (String layer : List.of("query", "key", "value")) {
      named.put("a." + layer + ".weight", weight(random, 6, WIDTH));
      named.put("a." + layer + ".bias", weight(random, 6));
    }
    named.put("a.output.weight", weight(random, 5, 6));
    try (JavaBackend backend = new JavaBackend();
        Weights weights = new Weights(named, backend);
        Scope scope = backend.open(0)) {
      CrossAttention layer = CrossAttention.of(weights, "a", 2);
      Tensor queries = scope.upload(Shape.matrix(1, WIDTH), new float[] {1, 2, 3, 4}, 0);
      List<Row> some = rows().subList(0, 60);
      Dataset<Row> result =
          table(some)
              .repartition(3)
              .filter("key = 'k2'")
              .groupBy("key")
              .agg(
                  new CrossAttend(layer.inParts(scope, queries))
                      .function()
                      .apply(col("embedding")));
      List<Float> keys = new ArrayList<>();
      for (Row row : some) {
        if (row.getString(0).equals("k2") && !row.isNullAt(1)) {
          keys.addAll(Arrays.asList((Float[]) row.get(1)));
        }
      }
      Tensor all =
          scope.upload(Shape.matrix(keys.size() / WIDTH, WIDTH), SparkFixture.floats(keys), 0);
      float[] expected = scope.values(layer.apply(scope, queries, all, all, null));
      float[] attended =
          SparkFixture.floats(Objects.requireNonNull(collect(result).get("k2")).get(0));
      Tolerance.sum(100, 4).check("k2", attended, expected);
    }
  }

  @Test
  void sqlMayFilterAndCastAndSeeNoRows() {
    CrossAttend.of(QUERIES).register(SparkFixture.spark(), "attend_plainly");
    Row row =
        SparkFixture.spark()
            .sql(
                "select attend_plainly(e), attend_plainly(e) filter (where i = 1),"
                    + " attend_plainly(e) filter (where i > 1) from"
                    + " values (0, array(1d, 2d, 3d, 4d)), (1, array(1, 2, 3, 4)) as t(i, e)")
            .first();
    assertThat(row.getList(0)).hasSize(3).isEqualTo(row.getList(1));
    assertThat(row.isNullAt(2)).isTrue();
    assertThat(row.getList(0).toString()).contains("1.0, 2.0, 3.0, 4.0");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "array(1f, 2f, 3f) | 3 numbers (expected 4)",
        "array() | 0 numbers (expected 4)",
        "array(1f, null, 3f, 4f) | number 1 is null (a finite float)",
        "array(1f, 2f, float('NaN'), 4f) | number 2 is NaN (a finite float)",
        "array(1d, 2d, 3d, 1e300d) | number 3 is 1.0E300 (a finite float)"
      })
  void whatIsNoEmbeddingIsRefused(String embedding, String told) {
    CrossAttend.of(QUERIES).register(SparkFixture.spark(), "attend_strictly");
    assertThatThrownBy(
            () -> SparkFixture.spark().sql("select attend_strictly(" + embedding + ")").collect())
        .rootCause()
        .hasMessage("Cannot attend to embedding: " + told);
  }

  @Test
  void whatAreNoQueriesIsRefused() {
    assertThatThrownBy(() -> CrossAttend.of(new float[0][]))
        .hasMessage("Invalid queries: [] (at least one number)");
    assertThatThrownBy(() -> CrossAttend.of(new float[][] {{1, 2}, {3}}))
        .hasMessage("Invalid queries: row 1 has 1 numbers (as row 0: 2)");
    assertThatThrownBy(() -> MergeableAttention.plain(QUERIES, 3))
        .hasMessage("Invalid heads: 3 (divides the channels of the queries, 4)");
  }

  private static Weight weight(Random random, int... shape) {
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    long[] sizes = Arrays.stream(shape).asLongStream().toArray();
    return new Weight(sizes, Normal.values(size, 0.5, random));
  }

  private static float mean(List<Row> rows, String key) {
    return (float)
        rows.stream()
            .filter(r -> r.getString(0).equals(key) && !r.isNullAt(1))
            .mapToDouble(r -> ((Float[]) r.get(1))[0])
            .average()
            .orElseThrow();
  }

  /** [n * WIDTH] as rows. */
  private static List<List<Float>> boxed(float[] x) {
    List<List<Float>> rows = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      if (i % WIDTH == 0) {
        rows.add(new ArrayList<>());
      }
      rows.get(i / WIDTH).add(x[i]);
    }
    return rows;
  }
}
