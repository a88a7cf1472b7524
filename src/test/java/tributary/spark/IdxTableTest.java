package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.Problems;
import tributary.read.CodecLibrary;
import tributary.read.Medium;
import tributary.read.Payload;
import tributary.read.Signal;

class IdxTableTest {
  private static final int PICTURES = 5;

  @TempDir Path folder;
  private final byte[] pixels = new byte[PICTURES * 3 * 2];

  @BeforeEach
  void files() throws IOException {
    new Random(1).nextBytes(pixels);
    write("images", new int[] {PICTURES, 3, 2}, pixels);
    write("labels", new int[] {PICTURES}, new byte[] {0, 2, 1, 2, 0});
  }

  private void write(String name, int[] lengths, byte[] values) throws IOException {
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * lengths.length + values.length);
    file.putInt(0x800 + lengths.length);
    for (int length : lengths) {
      file.putInt(length);
    }
    Files.write(folder.resolve(name), file.put(values).array());
  }

  private IdxTable read(String... names) {
    return IdxTable.read(folder.resolve("images"), folder.resolve("labels"), List.of(names), "t-");
  }

  @Test
  void whatIsWrittenIsWhatWasRead() throws IOException {
    String out = folder.resolve("out").toString();
    assertThat(read("shirt", "shoe", "bag").write(SparkFixture.spark(), out)).isEqualTo(PICTURES);
    Dataset<Row> table = SparkFixture.spark().read().format("parquet").load(out);
    assertThat(table.columns()).containsExactly("id", "image", "label");
    List<Row> rows = table.orderBy("id").collectAsList();
    assertThat(rows.stream().map(r -> r.getString(0)))
        .containsExactly("t-000000", "t-000001", "t-000002", "t-000003", "t-000004");
    assertThat(rows.stream().map(r -> r.getString(2)))
        .containsExactly("shirt", "bag", "shoe", "bag", "shirt");
    for (int i = 0; i < PICTURES; i++) {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(rows.get(i).<byte[]>getAs(1)));
      assertThat(image.getWidth()).isEqualTo(2);
      assertThat(image.getHeight()).isEqualTo(3);
      for (int p = 0; p < 6; p++) {
        assertThat(image.getRaster().getSample(p % 2, p / 2, 0))
            .isEqualTo(pixels[6 * i + p] & 0xff);
      }
    }
    assertThatThrownBy(() -> read().write(SparkFixture.spark(), out))
        .hasMessage("Invalid --out: " + out + " (exists already)");
  }

  /** What a job decodes of a row has the grey levels of the file. */
  @Test
  void greysStayGreys() {
    byte[] png = read().frame(SparkFixture.spark(), 1).first().getAs(1);
    Signal.Image image =
        (Signal.Image) new Payload.Bytes(Medium.PICTURE.decoder(CodecLibrary.NONE), png).signal();
    for (int p = 0; p < 6; p++) {
      assertThat(image.argb()[p]).isEqualTo(0xff000000 | 0x010101 * (pixels[p] & 0xff));
    }
  }

  @Test
  void partitionsChangeNothing() {
    List<Row> one = read().frame(SparkFixture.spark(), 1).orderBy("id").collectAsList();
    List<Row> four = read().frame(SparkFixture.spark(), 4).orderBy("id").collectAsList();
    assertThat(four).hasSize(PICTURES);
    for (int i = 0; i < PICTURES; i++) {
      assertThat(four.get(i).getString(0)).isEqualTo(one.get(i).getString(0));
      assertThat(four.get(i).getString(2)).isEqualTo(one.get(i).getString(2)).containsOnlyDigits();
      assertThat(four.get(i).<byte[]>getAs(1)).isEqualTo(one.get(i).<byte[]>getAs(1));
    }
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    assertThatThrownBy(() -> read("one", "two"))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(
            "Invalid --names: 2 names (the largest label of "
                + folder.resolve("labels")
                + " is 2)");
    write("labels", new int[] {4}, new byte[4]);
    assertThatThrownBy(this::read)
        .hasMessage(
            "Cannot join %s and %s: 5 pictures (4 labels)"
                .formatted(folder.resolve("images"), folder.resolve("labels")));
    Files.delete(folder.resolve("labels"));
    Files.write(folder.resolve("images"), new byte[] {1, 2, 3, 4});
    assertThatThrownBy(this::read)
        .hasMessageContaining("Cannot read " + folder.resolve("images") + ": starts with [1, 2,")
        .hasMessageContaining("Cannot read " + folder.resolve("labels") + ": no such file");
  }
}
