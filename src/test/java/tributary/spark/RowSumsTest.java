package tributary.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows that are others have other hashes. */
final class RowSumsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int(null) a, 1 b | 1 a, int(null) b",
        "string(null) a, 'x' b | 'x' a, string(null) b",
        "array(1, null, 2) a | array(null, 1, 2) a",
        "array(1) a, array(2, 3) b | array(1, 2) a, array(3) b",
        "array(float(1), null) a | array(null, float(1)) a",
        "array(null, float('-0.0')) a | array(float('-0.0'), null) a",
        "array(float(0), float(1)) a | array(float('-0.0'), float(1)) a",
        "array(array(float(1)), array(float(2))) a | array(array(float(1), float(2))) a",
        "float('-0.0') a | float(0) a",
        "double('-0.0') a | double(0) a",
        "named_struct('x', int(null), 'y', 1) a | named_struct('x', 1, 'y', int(null)) a",
        "map('k', 1L) a, map('l', 2L) b | map('k', 1L, 'l', 2L) a, map_from_arrays(array(), array()) b",
        "map('k', bigint(null)) a | map_from_arrays(array(), array()) a",
        "array() a | cast(null as array<void>) a",
        "array(null, 'x') a | array('x', null) a",
        "array(null, 'null') a | array('null', null) a",
        "array(null, '') a | array('', null) a",
        "array(double(0), null) a | array(double('-0.0'), null) a",
      })
  void rowsThatDifferHaveOtherHashes(String one, String other) {
    assertNotEquals(hash(one), hash(other));
    assertEquals(hash(one), hash(one));
  }

  private static long hash(String columns) {
    // A comma after a column's name parts columns, not one within a function.
    Dataset<Row> table = SparkFixture.spark().range(1).selectExpr(columns.split("(?<= [ab]), "));
    Column hash = RowSums.hash(table.schema(), List.of(table.columns()));
    return table.select(hash).first().getLong(0);
  }
}
