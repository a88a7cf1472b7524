package tributary.spark.sql;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag$;
import tributary.base.Invalid;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The rows of an embedding table that are nearest to given vectors: exact, by one pass over the
 * table. Each partition keeps k rows per vector, a shuffle keeps k of those; scores are sums in
 * double and equal ones go by id, so that any partitioning gives the same. Use: what a RETRO layer
 * attends to, retrieved from the table that a job wrote ({@link #retrieve}).
 *
 * <p>Lives on the driver; the vectors are broadcast. A row without an embedding (null) is passed
 * over; one of another width, or with what is no finite float, ends the query.
 */
public final class NearestNeighbours {
  private static final StructType SCHEMA =
      new StructType()
          .add("query", DataTypes.IntegerType, false)
          .add("id", DataTypes.StringType, false)
          .add("score", DataTypes.DoubleType, false)
          .add("embedding", DataTypes.createArrayType(DataTypes.FloatType, false), false);

  /** Highest score first, then by id. */
  private static final Comparator<Found> BEST_FIRST =
      Comparator.comparingDouble((Found f) -> -f.score).thenComparing(f -> f.id);

  /** What near means. */
  public enum Measure {
    /** The dot product over both lengths; 0 where one is 0. */
    COSINE,
    /** The dot product. */
    DOT,
    /** Minus the squared Euclidean distance, as RETRO retrieves. */
    EUCLIDEAN
  }

  private final Dataset<Row> table;
  private final Measure measure;

  /**
   * @param table any table; rows that may not be found, such as the asker's own, are filtered out
   *     before
   * @param id column of ids, cast to strings
   * @param embedding column of arrays of numbers
   */
  public NearestNeighbours(Dataset<Row> table, String id, String embedding, Measure measure) {
    this.table =
        table
            .select(
                col(id).cast("string").as("id"),
                col(embedding).cast("array<double>").as("embedding"))
            .filter(col("embedding").isNotNull());
    this.measure = measure;
  }

  /**
   * The k nearest rows of each vector: query (its number, int), rank (1 is nearest, int), id
   * (string), score (double), embedding (array of float).
   *
   * @param vectors [n, width]
   */
  public Dataset<Row> of(float[][] vectors, int k) {
    if (vectors.length == 0) {
      throw Invalid.argument("vectors", "[]", "at least one");
    }
    for (int i = 1; i < vectors.length; i++) {
      if (vectors[i].length != vectors[0].length) {
        throw Invalid.argument(
            "vectors",
            "row " + i + " has " + vectors[i].length + " numbers",
            "as row 0: " + vectors[0].length);
      }
    }
    if (k < 1) {
      throw Invalid.argument("neighbours", k, ">= 1");
    }
    Broadcast<float[][]> sent =
        table
            .sparkSession()
            .sparkContext()
            .broadcast(vectors, ClassTag$.MODULE$.apply(float[][].class));
    return table
        .mapPartitions(new Nearest(sent, k, measure), Encoders.row(SCHEMA))
        .withColumn(
            "rank",
            row_number().over(Window.partitionBy("query").orderBy(col("score").desc(), col("id"))))
        .filter(col("rank").leq(k))
        .select("query", "rank", "id", "score", "embedding");
  }

  /** The k nearest rows, collected for a RETRO layer. */
  public Retrieved retrieve(float[][] vectors, int k) {
    int width = vectors.length == 0 ? 0 : vectors[0].length;
    Retrieved retrieved =
        new Retrieved(
            new float[vectors.length * k * width],
            new boolean[vectors.length * k],
            new Shape(vectors.length, k, width));
    for (Row row : of(vectors, k).collectAsList()) {
      int at = row.getInt(0) * k + row.getInt(1) - 1;
      List<Float> embedding = row.getList(4);
      for (int c = 0; c < width; c++) {
        retrieved.neighbours[at * width + c] = embedding.get(c);
      }
      retrieved.real[at] = true;
    }
    return retrieved;
  }

  /**
   * What was retrieved for each vector, nearest first.
   *
   * @param neighbours [n, k, width]; zeros where the table had fewer than k rows
   * @param real [n, k], true where there is a row
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Retrieved(float[] neighbours, boolean[] real, Shape shape) {
    /** As {@link tributary.attention.Retro} takes them: one group per chunk. */
    public Tensor upload(Scope scope) {
      return scope.upload(shape, neighbours, 0);
    }

    /** Hides what isn't there. */
    public Mask mask() {
      return new Mask(real, shape.groups(), 1, shape.rows());
    }
  }

  /** A row that may be among the nearest. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Found(double score, String id, float[] embedding) {}

  /** A partition's nearest rows; runs in a task. */
  private static final class Nearest implements MapPartitionsFunction<Row, Row>, Serializable {
    private static final long serialVersionUID = 1;

    private final Broadcast<float[][]> vectors;
    private final int k;
    private final Measure measure;

    Nearest(Broadcast<float[][]> vectors, int k, Measure measure) {
      this.vectors = vectors;
      this.k = k;
      this.measure = measure;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      float[][] x = vectors.value();
      List<PriorityQueue<Found>> best = new ArrayList<>();
      for (int q = 0; q < x.length; q++) {
        best.add(new PriorityQueue<>(BEST_FIRST.reversed()));
      }
      while (rows.hasNext()) {
        Row row = rows.next();
        @Nullable String id = row.getString(0);
        if (id == null) {
          throw new IllegalArgumentException("Cannot retrieve embedding: its id is null");
        }
        float[] y =
            EmbeddingCell.floats(
                row.<Double>getList(1).toArray(Double[]::new), x[0].length, "retrieve", id);
        for (int q = 0; q < x.length; q++) {
          PriorityQueue<Found> kept = best.get(q);
          kept.add(new Found(score(x[q], y), id, y));
          if (kept.size() > k) {
            kept.remove();
          }
        }
      }
      List<Row> out = new ArrayList<>();
      for (int q = 0; q < x.length; q++) {
        for (Found found : best.get(q)) {
          out.add(
              RowFactory.create(q, found.id, found.score, EmbeddingCell.boxed(found.embedding)));
        }
      }
      return out.iterator();
    }

    private double score(float[] x, float[] y) {
      double dot = 0;
      double distance = 0;
      for (int c = 0; c < x.length; c++) {
        dot += (double) x[c] * y[c];
        distance += ((double) x[c] - y[c]) * ((double) x[c] - y[c]);
      }
      return switch (measure) {
        case DOT -> dot;
        case EUCLIDEAN -> -distance;
        case COSINE -> {
          double lengths = Math.sqrt(squares(x) * squares(y));
          yield lengths == 0 ? 0 : dot / lengths;
        }
      };
    }

    private static double squares(float[] x) {
      double sum = 0;
      for (float v : x) {
        sum += (double) v * v;
      }
      return sum;
    }
  }
}
