package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;
import tributary.record.Fused;
import tributary.write.Outcome;

/** What is put into a checkpoint, and which of two findings is taken from it. */
@NullUnmarked
final class CheckpointWriterTest {
  private static final Row NOTHING = RowFactory.create();

  @TempDir Path folder;

  /** A client that throws what it likes, as those of object stores do. */
  public static final class Failing extends RawLocalFileSystem {
    /** Asked for while this is made. */
    @Override
    public URI getUri() {
      return URI.create("failing:///");
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {}

    @Override
    public FSDataOutputStream create(
        org.apache.hadoop.fs.Path path,
        FsPermission permission,
        boolean overwrite,
        int buffer,
        short replication,
        long block,
        Progressable progress) {
      throw new IllegalStateException("no more connections");
    }

    @Override
    public FSDataOutputStream create(
        org.apache.hadoop.fs.Path path,
        boolean overwrite,
        int buffer,
        short replication,
        long block,
        Progressable progress) {
      throw new IllegalStateException("no more connections");
    }
  }

  private static Metrics metrics() {
    return new Metrics(SparkFixture.spark().sparkContext());
  }

  private static CheckpointPlan plan(String folder) {
    return new CheckpointPlan(folder, "model", "recipe", "limits");
  }

  private static Staged.Finished rejected(String id, Rejected why) {
    return new Staged.Finished(
        new Outcome.Quarantined(id, "picture", why, null), NOTHING, "hash of " + id);
  }

  private static Staged.Finished embedded(String id) {
    Fused fused = new Fused(new float[] {1}, new TreeMap<>(), new TreeMap<>(), "hash of " + id);
    return new Staged.Finished(new Outcome.Embedded(id, fused), NOTHING);
  }

  @Test
  void whatAnotherTryMayNotMeetIsNotPutDown() throws IOException {
    CheckpointPlan plan = plan(folder.toString());
    CheckpointWriter writer = new CheckpointWriter(plan, metrics());
    writer.add(rejected("lasting", new Rejected(Reason.CORRUPT_IMAGE, "no end")));
    writer.add(
        rejected("lost", Rejected.passing(Reason.CORRUPT_IMAGE, "killed", new IOException())));
    writer.add(rejected("missing", new Rejected(Reason.MISSING_FILE, "no file")));
    writer.add(embedded("embedded"));
    writer.close();
    List<Staged.Finished> records = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        records.addAll(CheckpointPortion.read(Files.readAllBytes(file), plan).records());
      }
    }
    assertThat(records)
        .extracting(Staged.Finished::contentHash)
        .containsExactly("hash of lasting", "hash of embedded");
  }

  @Test
  void aClientThatFailsIsCountedAndTheTaskGoesOn() {
    SparkFixture.spark();
    SparkHadoopUtil.get().conf().set("fs.failing.impl", Failing.class.getName());
    Metrics metrics = metrics();
    CheckpointWriter writer = new CheckpointWriter(plan("failing:" + folder), metrics);
    writer.add(embedded("a"));
    writer.close();
    assertThat(metrics.checkpointFailures.value()).isEqualTo(1);
  }

  @Test
  void anEmbeddingIsTakenBeforeAReason() {
    Staged.Finished bad = rejected("a", new Rejected(Reason.CORRUPT_IMAGE, "no end"));
    Staged.Finished good = embedded("a");
    for (List<Staged.Finished> order : List.of(List.of(bad, good), List.of(good, bad))) {
      Dataset<Row> staged =
          SparkFixture.spark()
              .createDataFrame(
                  Stream.concat(order.stream(), Stream.of(embedded("b")))
                      .map(Staged.Finished::row)
                      .toList(),
                  Staged.schema(new StructType()));
      assertThat(Checkpoint.once(staged).collectAsList())
          .extracting(Staged.Kind::of)
          .containsExactly(Staged.Kind.DONE, Staged.Kind.DONE);
    }
  }
}
