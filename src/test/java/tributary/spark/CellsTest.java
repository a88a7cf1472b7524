package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.jdk.javaapi.CollectionConverters;
import tributary.read.Digest;
import tributary.read.Medium;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.record.OpenRecord;

/**
 * Cells of rows to payloads. The digests are those of the same cells in tables that were written
 * before.
 */
class CellsTest {
  private static final byte[] WORDS = "a red kite, höher".getBytes(StandardCharsets.UTF_8);
  private static final String DIGEST_OF_WORDS =
      "e83e8c62884519713b53d169d5aaaa673067c412f2e17c47f9a011dba46aa715";

  @TempDir Path folder;

  private static Object seq(@Nullable Object... values) {
    return CollectionConverters.asScala(java.util.Arrays.asList(values)).toSeq();
  }

  private static List<OpenRecord.Cell> cells(CellForm form, @Nullable Object cell) {
    Row row = RowFactory.create("id", cell);
    return new Cells(List.of(new TaskPlan.ColumnPlan("m", "c", 1, form, 0))).of(row);
  }

  private static Payload payload(CellForm form, Object cell) {
    List<OpenRecord.Cell> cells = cells(form, cell);
    assertThat(cells).hasSize(1);
    assertThat(cells.get(0).modality()).isEqualTo("m");
    assertThat(cells.get(0).column()).isEqualTo("c");
    return cells.get(0).payload();
  }

  private static void holds(
      CellForm form, Object cell, Class<? extends Payload> type, String digest) {
    Payload payload = payload(form, cell);
    assertThat(payload).isInstanceOf(type);
    Digest found = new Digest();
    payload.digest(found);
    assertThat(found.hex()).isEqualTo(digest);
  }

  @Test
  void textAndBytes() {
    holds(new CellForm.Text(), WORDS, Payload.Text.class, DIGEST_OF_WORDS);
    for (Medium medium : Medium.values()) {
      holds(new CellForm.Encoded(medium), WORDS, Payload.Bytes.class, DIGEST_OF_WORDS);
    }
  }

  @Test
  void files() throws IOException {
    Path file = Files.write(folder.resolve("file"), WORDS);
    CellForm form = new CellForm.FilePath(Medium.TEXT, "c", folder.toString());
    holds(form, "file", Payload.File.class, DIGEST_OF_WORDS);
    holds(form, file.toString(), Payload.File.class, DIGEST_OF_WORDS);
    holds(form, file.toUri().toString(), Payload.File.class, DIGEST_OF_WORDS);
    holds(
        new CellForm.FilePath(Medium.TEXT, "c", ""),
        file.toString(),
        Payload.File.class,
        DIGEST_OF_WORDS);
    Path inner = Files.createDirectory(folder.resolve("inner"));
    assertThatThrownBy(() -> payload(form, "inner").signal())
        .isInstanceOf(Rejected.class)
        .hasMessage(inner + " is a directory");
    assertThatThrownBy(() -> payload(form, "nowhere").signal())
        .isInstanceOf(Rejected.class)
        .hasMessageStartingWith("Cannot read " + folder.resolve("nowhere") + ": ");
    assertThatThrownBy(() -> payload(form, "::").signal())
        .isInstanceOf(Rejected.class)
        .hasMessageStartingWith("Cannot read " + folder.resolve("::") + ": ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "12:30.png",
        "2024-01-01T12:30:00.png",
        "C:\\x.png",
        "C:x.png",
        "data:,a",
        "a#b.png",
        "a%b.png",
        "a%20b.png",
        "a b?c=d&e.png",
        "[a]{b}*.png",
        "höher.png",
        "inner/12:30.png",
        "inner/../x.png",
        "./x.png"
      })
  void aRelativePathIsMadeOfNamesWhateverTheirCharacters(String name) throws IOException {
    Files.createDirectories(folder.resolve("inner"));
    Files.write(folder.resolve(name), WORDS);
    CellForm form = new CellForm.FilePath(Medium.TEXT, "c", folder.toString());
    CellForm qualified = new CellForm.FilePath(Medium.TEXT, "c", "file:" + folder);
    CellForm none = new CellForm.FilePath(Medium.TEXT, "c", "");
    holds(form, name, Payload.File.class, DIGEST_OF_WORDS);
    holds(qualified, name, Payload.File.class, DIGEST_OF_WORDS);
    holds(none, folder + "/" + name, Payload.File.class, DIGEST_OF_WORDS);
    holds(none, "/" + folder + "/" + name, Payload.File.class, DIGEST_OF_WORDS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/dev/zero|/dev/zero is a device or a pipe, no file",
        "s3a://bucket/a|Cannot read s3a://bucket/a of column c: no library for the file system s3a (add it, such as --packages org.apache.hadoop:hadoop-aws:3.",
        "gs://bucket/a|Cannot read gs://bucket/a of column c: no library for the file system gs (add it, such as --packages com.google.cloud.bigdataoss:gcs-connector:",
        "nosuch:/a|Cannot read nosuch:/a of column c: no library for the file system nosuch (add the one that fs.nosuch.impl is in, by --packages or --jars): ",
        "http:/|Cannot read http:/: ",
      })
  void whatIsNoFileIsNamed(String path, String message) {
    Payload payload = payload(new CellForm.FilePath(Medium.TEXT, "c", ""), path);
    assertThatThrownBy(payload::signal)
        .isInstanceOfSatisfying(
            Rejected.class, e -> assertThat(e.reason()).isEqualTo(Rejected.Reason.MISSING_FILE))
        .hasMessageStartingWith(message);
  }

  /** What a file system tells of a length is a hint: the stream ends where it ends. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1, 17, 18})
  void aFileIsReadToItsEndWhateverItsLengthIsSaidToBe(int told) throws IOException {
    assertThat(WORDS).hasSize(18);
    assertThat(HadoopFiles.whole("p", new ByteArrayInputStream(WORDS), told)).isEqualTo(WORDS);
    assertThatThrownBy(() -> HadoopFiles.whole("p", new ByteArrayInputStream(WORDS), 19))
        .isInstanceOf(EOFException.class)
        .hasMessage("it ends after 18 of 19 bytes");
  }

  /** Equal cells have equal digests, others have others: nulls, lengths and kinds count. */
  @Test
  void whatNoPayloadCanHoldHasADigestAllTheSame() {
    CellForm many = new CellForm.Vectors(3);
    List<Object> cells =
        List.of(
            seq(seq(1f, 2f, 3f), null),
            seq(null, seq(1f, 2f, 3f)),
            seq(seq(1f, 2f)),
            seq(seq(1f), seq(2f)),
            seq(seq(1f, null, 2f)));
    Set<String> digests = new HashSet<>();
    for (Object cell : cells) {
      digests.add(digest(payload(many, cell)));
      assertThat(digests).contains(digest(payload(many, cell)));
    }
    assertThat(digests).hasSameSizeAs(cells);
  }

  private static String digest(Payload payload) {
    Digest digest = new Digest();
    payload.digest(digest);
    return digest.hex();
  }

  /** Of another type than the driver saw, which no source should give. */
  @Test
  void aCellThatNoReaderForesawIsUnreadableAlone() {
    Payload payload = payload(new CellForm.Vectors(3), "no array");
    assertThatThrownBy(payload::signal)
        .isInstanceOfSatisfying(
            Rejected.class, e -> assertThat(e.reason()).isEqualTo(Rejected.Reason.UNREADABLE))
        .hasMessageStartingWith("Cannot read the cell: java.lang.ClassCastException");
    assertThat(digest(payload)).hasSize(64);
  }

  @Test
  void pictures() {
    holds(
        new CellForm.Picture(),
        RowFactory.create(1L, 2L, 3L, 16L, new byte[] {0, 0, -1, 0, -1, 0}),
        Payload.Picture.class,
        "9598b28501c3204b8c7921ea65d10d1bfa6cbee9d9b3bf15003337cbf14d79ab");
    Row noData = RowFactory.create(1L, 2L, 3L, 16L, null);
    assertThatThrownBy(() -> payload(new CellForm.Picture(), noData).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("data of the picture is null");
  }

  @Test
  void numbersOfAPictureAreOf32Bits() {
    Row tall = RowFactory.create(1L << 32, 2L, 3L, 16L, new byte[0]);
    assertThatThrownBy(() -> payload(new CellForm.Picture(), tall).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("Invalid height: 4294967296 (of 32 bits)");
  }

  @Test
  void samples() {
    CellForm form = new CellForm.Samples("c", 1);
    holds(
        form,
        RowFactory.create(8000.0, seq(0.5f, -0.25f, 1f), null),
        Payload.Samples.class,
        "90df6453d3dcbd2252d5a81d9a33b79f58401941e980b51b95b776ea5a7f1f71");
    assertThatThrownBy(() -> payload(form, RowFactory.create(null, seq(1f), null)).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("the sample rate of c is null");
    assertThatThrownBy(() -> payload(form, RowFactory.create(null, seq(1f), "fast")).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("Invalid sample rate of c: fast (a number)");
    assertThatThrownBy(() -> payload(form, RowFactory.create(8000.0, seq(1f, null), null)).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("value 1 of row 0 is null");
  }

  @Test
  void vectors() {
    holds(
        new CellForm.Vector(3),
        seq(1f, 2f, 3f),
        Payload.Vectors.class,
        "c5aa02d1432f7be50507250246a27b214a7d85a741220403e9526044861df586");
    CellForm many = new CellForm.Vectors(3);
    holds(
        many,
        seq(seq(1f, 2f, 3f), seq(4f, 5f, 6.5f)),
        Payload.Vectors.class,
        "76e0a5a9ad17963a6c4a57cb8768a9e51df935b4e9c666fc2922d07a35c4e726");
    assertThatThrownBy(() -> payload(many, seq(seq(1f, 2f, 3f), seq(1f, 2f))).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("row 1 has 2 values (the model takes 3)");
    assertThatThrownBy(() -> payload(many, seq(seq(1f, 2f, 3f), null)).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("row 1 is null");
  }

  @Test
  void points() {
    holds(
        new CellForm.Points(2, false),
        seq(seq(1f, 2f), seq(4f, 5f)),
        Payload.Points.class,
        "91d42fad480cdb27b3fc6449dd3ead21260d44f0933f75641e011f1da7b142ba");
    holds(
        new CellForm.Points(2, true),
        seq(seq(1d, 2d), seq(4d, 5d)),
        Payload.Points.class,
        "91d42fad480cdb27b3fc6449dd3ead21260d44f0933f75641e011f1da7b142ba");
  }

  @Test
  void series() {
    CellForm form = new CellForm.Series(2);
    holds(
        form,
        seq(RowFactory.create(0.5, seq(1d, 2d)), RowFactory.create(1.5, seq(3d, 4d))),
        Payload.Series.class,
        "ef6f85ab355e9f5caa2cea651daf6b1f2af5b96812893b604dcf2f9df235add3");
    assertThatThrownBy(() -> payload(form, seq(RowFactory.create(null, seq(1d, 2d)))).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("time of row 0 is null");
    assertThatThrownBy(() -> payload(form, seq(RowFactory.create(1d, null))).signal())
        .isInstanceOf(Rejected.class)
        .hasMessage("element 0 is null");
  }

  @Test
  void nullIsAbsent() {
    assertThat(cells(new CellForm.Text(), null)).isEmpty();
    assertThat(cells(new CellForm.Vectors(3), null)).isEmpty();
  }
}
