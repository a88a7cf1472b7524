package tributary.spark.sql;

import static org.apache.spark.sql.functions.udaf;

import java.util.Arrays;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.encoders.AgnosticEncoder;
import org.apache.spark.sql.catalyst.encoders.AgnosticEncoders;
import org.apache.spark.sql.expressions.Aggregator;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.jspecify.annotations.Nullable;
import tributary.attention.MergeableAttention;
import tributary.attention.MergeableAttention.State;
import tributary.base.Invalid;

/**
 * {@code cross_attend(embedding)}: an aggregate of Spark SQL that lets given queries attend to the
 * embeddings of each group's rows, as a column {@code array<array<float>>}, one row a query. Any
 * table, any partitioning: the result has the same bits, as it is merged in double ({@link
 * MergeableAttention}).
 *
 * <p>A row whose embedding is null is no key; a group without keys gives null, as sums do. Refused,
 * ending the query: an embedding of another width than the keys', of none, with a null or with what
 * is no finite float. Columns of floats, doubles and whole numbers are taken.
 *
 * <p>Made on the driver, sent to the executors with its weights; states live in tasks.
 */
public final class CrossAttend extends Aggregator<Double[], State, float[][]> {
  private static final long serialVersionUID = 1;

  /** The name under which plain SQL knows it by custom. */
  public static final String NAME = "cross_attend";

  private final MergeableAttention attention;

  /**
   * @param attention keys and values of one sequence, of equal width
   */
  public CrossAttend(MergeableAttention attention) {
    if (attention.keyChannels() != attention.valueChannels()) {
      throw Invalid.argument(
          "attention",
          "keys of "
              + attention.keyChannels()
              + " channels, values of "
              + attention.valueChannels(),
          "the same embeddings");
    }
    this.attention = attention;
  }

  /** Without projections: softmax(q k^T / sqrt(d)) k, one head; queries [n, width]. */
  public static CrossAttend of(float[][] queries) {
    return new CrossAttend(MergeableAttention.plain(queries, 1));
  }

  /** For columns: {@code table.groupBy("key").agg(f.apply(col("embedding")))}. */
  public UserDefinedFunction function() {
    return udaf(this, numbers());
  }

  /** For plain SQL of this session, under a name: {@link #NAME} by custom. */
  public void register(SparkSession spark, String name) {
    spark.udf().register(name, function());
  }

  @Override
  public State zero() {
    return attention.empty();
  }

  @Override
  public State reduce(State state, Double @Nullable [] embedding) {
    if (embedding != null) {
      attention.accept(
          state, EmbeddingCell.floats(embedding, attention.keyChannels(), "attend to", ""));
    }
    return state;
  }

  @Override
  public State merge(State a, State b) {
    a.merge(b);
    return a;
  }

  /** Null where there was no key. */
  @Override
  public float @Nullable [][] finish(State state) {
    if (state.empty()) {
      return null;
    }
    float[] y = attention.finish(state); // [n, channels out]
    float[][] rows = new float[attention.queries()][];
    int c = attention.outputs();
    Arrays.setAll(rows, i -> Arrays.copyOfRange(y, i * c, (i + 1) * c));
    return rows;
  }

  @Override
  public Encoder<State> bufferEncoder() {
    return Encoders.javaSerialization(State.class);
  }

  @Override
  @SuppressWarnings("unchecked") // Spark knows arrays of arrays, its Java API has no name for them
  public Encoder<float[][]> outputEncoder() {
    AgnosticEncoder<Object> row = array(AgnosticEncoders.PrimitiveFloatEncoder$.MODULE$, false);
    return (Encoder<float[][]>) (Encoder<?>) array(row, false);
  }

  @SuppressWarnings("unchecked") // as above
  private static Encoder<Double[]> numbers() {
    return (Encoder<Double[]>)
        (Encoder<?>) array(AgnosticEncoders.BoxedDoubleEncoder$.MODULE$, true);
  }

  @SuppressWarnings("unchecked") // an encoder of E gives the class of E[]
  private static <E> AgnosticEncoder<Object> array(AgnosticEncoder<E> element, boolean nulls) {
    return new AgnosticEncoders.ArrayEncoder<>(element, nulls);
  }
}
