package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** The values of a row by the names of its columns; null where none is set. In a task. */
final class RowValues {
  private final StructType schema;
  private final @Nullable Object[] values;

  RowValues(StructType schema) {
    this.schema = schema;
    this.values = new @Nullable Object[schema.length()];
  }

  RowValues set(String column, @Nullable Object value) {
    values[schema.fieldIndex(column)] = value;
    return this;
  }

  Row row() {
    return RowFactory.create(values);
  }

  /** A value of a column of map. */
  static Object map(Map<String, Long> counts) {
    return CollectionConverters.asScala(new TreeMap<>(counts));
  }

  /** The map in a column of a row that has a schema. */
  static SortedMap<String, Long> counts(Row row, String column) {
    return new TreeMap<>(
        CollectionConverters.asJava(row.<String, Long>getMap(row.fieldIndex(column))));
  }

  /** A value of a column of array. */
  static Object seq(float[] values) {
    List<Float> list = new ArrayList<>(values.length);
    for (float v : values) {
      list.add(v);
    }
    return CollectionConverters.asScala(list).toSeq();
  }

  /** The array in a column of a row that has a schema. */
  static float[] floats(Row row, String column) {
    List<Float> list = row.getList(row.fieldIndex(column));
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i);
    }
    return values;
  }
}
