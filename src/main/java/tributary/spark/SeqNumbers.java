package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;

/**
 * The numbers in a cell of arrays, row-major. Throws {@link Rejected}, NULL_VALUE or WRONG_WIDTH
 * with the row that is wrong. In a task.
 */
final class SeqNumbers {
  private SeqNumbers() {}

  /**
   * All that there are.
   *
   * @return [cells]
   */
  static float[] floats(Seq<?> cells) {
    return matrix(List.of(cells), cells.length());
  }

  /**
   * Rows of so many values each.
   *
   * @return [rows, width]
   */
  static float[] matrix(Seq<?> rows, int width) {
    return matrix(present(rows), width);
  }

  /**
   * Rows of so many coordinates each.
   *
   * @return [rows, dimensions]
   */
  static double[] points(Seq<?> rows, int dimensions) {
    List<Seq<?>> points = present(rows);
    double[] out = new double[Math.multiplyExact(points.size(), dimensions)]; // [rows, dimensions]
    int at = 0;
    for (int r = 0; r < points.size(); r++) {
      Seq<?> row = points.get(r);
      wide(r, row.length(), dimensions);
      for (int i = 0; i < dimensions; i++) {
        out[at++] = number(row.apply(i), r, i);
      }
    }
    return out;
  }

  private static List<Seq<?>> present(Seq<?> rows) {
    List<Seq<?>> list = new ArrayList<>(rows.length());
    for (int i = 0; i < rows.length(); i++) {
      Object element = rows.apply(i);
      if (element == null) {
        throw new Rejected(Reason.NULL_VALUE, "row " + i + " is null");
      }
      list.add((Seq<?>) element);
    }
    return list;
  }

  /**
   * The values of rows that are there.
   *
   * @return [rows, width]
   */
  static float[] matrix(List<? extends Seq<?>> rows, int width) {
    float[] out = new float[Math.multiplyExact(rows.size(), width)]; // [rows, width]
    int at = 0;
    for (int r = 0; r < rows.size(); r++) {
      Seq<?> row = rows.get(r);
      wide(r, row.length(), width);
      for (int i = 0; i < width; i++) {
        out[at++] = (float) number(row.apply(i), r, i);
      }
    }
    return out;
  }

  /** Elements of a time and so many values each. */
  static Payload.Series series(Seq<?> rows, int channels) {
    int n = rows.length();
    double[] times = new double[n]; // [n]
    double[] values = new double[Math.multiplyExact(n, channels)]; // [n, channels]
    for (int r = 0; r < n; r++) {
      Row element = (Row) rows.apply(r);
      if (element == null || element.isNullAt(1)) {
        throw new Rejected(Reason.NULL_VALUE, "element " + r + " is null");
      }
      times[r] = number(element.get(0), r, -1);
      Seq<?> v = element.getSeq(1);
      wide(r, v.length(), channels);
      for (int i = 0; i < channels; i++) {
        values[r * channels + i] = number(v.apply(i), r, i);
      }
    }
    return new Payload.Series(times, channels, values);
  }

  private static void wide(int row, int found, int width) {
    if (found != width) {
      throw new Rejected(
          Reason.WRONG_WIDTH,
          "row " + row + " has " + found + " values (the model takes " + width + ")");
    }
  }

  private static double number(@Nullable Object value, int row, int column) {
    if (value == null) {
      throw new Rejected(
          Reason.NULL_VALUE,
          (column < 0 ? "time" : "value " + column) + " of row " + row + " is null");
    }
    return ((Number) value).doubleValue();
  }
}
