package tributary.spark.sql;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import tributary.spark.SparkFixture;

/** The library page's example of cross_attend is this code, and does what it says. */
class CrossAttendExampleTest {
  @Test
  void bySqlAndByColumns() {
    SparkSession spark = SparkFixture.spark();
    spark
        .sql(
            "select * from values ('anna', array(1f, 2f, 3f, 4f)), ('anna', array(3f, 2f, 1f, 0f)),"
                + " ('ben', array(5f, 6f, 7f, 8f)), ('cem', null) as t(owner, embedding)")
        .createOrReplaceTempView("letters");
    // library.md begins
    float[][] queries = {{1, 0, 2, -1}, {0, 0, 0, 0}}; // the second: the mean of the keys
    CrossAttend attend = CrossAttend.of(queries);
    attend.register(spark, "cross_attend");
    Dataset<Row> bySql =
        spark.sql("SELECT owner, cross_attend(embedding) AS seen FROM letters GROUP BY owner");
    Dataset<Row> byColumns =
        spark
            .table("letters")
            .groupBy("owner")
            .agg(attend.function().apply(col("embedding")).as("seen"));
    // library.md ends
    List<Row> rows = bySql.orderBy("owner").collectAsList();
    assertThat(rows).isEqualTo(byColumns.orderBy("owner").collectAsList()).hasSize(3);
    assertThat(rows.get(0).getList(1).get(1).toString()).contains("2.0, 2.0, 2.0, 2.0");
    assertThat(rows.get(1).getList(1).get(0).toString()).contains("5.0, 6.0, 7.0, 8.0");
    assertThat(rows.get(2).isNullAt(1)).isTrue();
  }

  @Test
  void isOnTheLibraryPage() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/tributary/spark/sql/CrossAttendExampleTest.java"));
    String begin = "    // library.md begins\n";
    int from = source.indexOf(begin) + begin.length();
    String example = source.substring(from, source.indexOf("    // library.md ends\n", from));
    assertThat(Files.readString(Path.of("docs/library.md")))
        .contains("```java\n" + example.stripTrailing().stripIndent() + "\n```");
  }
}
