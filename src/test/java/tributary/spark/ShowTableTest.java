package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.Problems.Refused;

class ShowTableTest {
  @TempDir Path folder;

  private final SparkSession spark = SparkFixture.spark();

  private String table(String name, String kept) {
    String path = folder.resolve(name).toString();
    spark
        .sql(
            "select id, embedding, cast(sqrt(aggregate(embedding, 0d, (s, x) -> s + x * x)) as"
                + " float) as norm, array('text') as present, 'hash' as model_hash"
                + kept
                + " from values ('a', array(3f, 4f), 'star', 1, X'00'), ('b', array(-3f, -4f),"
                + " 'ring', 2, X'00'), ('c', array(6f, 8f), 'star', null, X'00'), ('d', array(4f,"
                + " -3f), null, 4, X'00') as t(id, embedding, label, `n``o`, bytes)")
        .write()
        .parquet(path);
    return path;
  }

  private String shown(String table, @Nullable String id, int neighbours) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ShowTable(spark, new PrintStream(bytes, true, StandardCharsets.UTF_8))
        .show("parquet", table, id, neighbours);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Nothing of it is Spark's to find out, whose tasks would log what they met. */
  @Test
  void whatIsNoTableIsRefused() throws java.io.IOException {
    java.nio.file.Path file = java.nio.file.Files.writeString(folder.resolve("a.txt"), "hello");
    java.nio.file.Files.createDirectories(folder.resolve("empty"));
    refused("none", "there is no file:" + folder.resolve("none"));
    refused("empty", "no file is in it");
    refused("a.txt", file.getFileName() + " is no Parquet file");
  }

  private void refused(String name, String why) {
    String table = folder.resolve(name).toString();
    assertThatThrownBy(() -> shown(table, null, 1))
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot open table: parquet " + table + ": " + why);
  }

  @Test
  void neighboursComeByCosineWithWhatWasKept() {
    String table = table("kept", ", label, `n``o`, bytes");
    assertThat(shown(table, "a", 3))
        .contains("rows        4 (4 ids)", "norm        5.0000 min, 6.2500 mean, 10.0000 max")
        .endsWith(
            String.join(
                System.lineSeparator(),
                List.of(
                    "nearest to a  star  1",
                    "   1.00000  c  star",
                    "   0.00000  d  4",
                    "  -1.00000  b  ring  2",
                    "")));
    assertThat(shown(table, "a", 1)).doesNotContain("  d  ");
    assertThatThrownBy(() -> shown(table, "z", 1))
        .isInstanceOf(Refused.class)
        .hasMessage("Invalid id: z (no such row)");
  }

  @Test
  void withoutKeptColumnsThereIsTheIdAlone() {
    assertThat(shown(table("bare", ""), "a", 1))
        .endsWith(
            "nearest to a" + System.lineSeparator() + "   1.00000  c" + System.lineSeparator());
  }
}
