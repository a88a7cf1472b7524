package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.TestJob;

/** Wherever the disk of tables, journal, history and checkpoint is full, a rerun makes it right. */
@NullUnmarked
final class FullDiskTest {
  /** Bytes that the disk has left. */
  private static final AtomicLong ROOM = new AtomicLong();

  private static final long ENOUGH = 1L << 40;

  private static final String BEFORE = "('a', X'61'), ('b', X'FF'), ('c', X'6363')";
  private static final String AFTER = "('a', X'61'), ('d', X'FE'), ('e', X'6565')";

  /**
   * Parts of what a run writes, after which the disk is full: in tables, journal, copies and
   * manifest.
   */
  private static final double[] PARTS = {0, 0.02, 0.2, 0.4, 0.6, 0.8};

  @TempDir Path folder;

  /** A disk with so much room, which moves files as object stores do: each by itself. */
  public static final class Disk extends RawLocalFileSystem {
    /** Asked for while this is made. */
    @Override
    public URI getUri() {
      return URI.create("room:///");
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
        Progressable progress)
        throws IOException {
      return limited(
          super.create(path, permission, overwrite, buffer, replication, block, progress));
    }

    @Override
    public FSDataOutputStream create(
        org.apache.hadoop.fs.Path path,
        boolean overwrite,
        int buffer,
        short replication,
        long block,
        Progressable progress)
        throws IOException {
      return limited(super.create(path, overwrite, buffer, replication, block, progress));
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      return plain(super.getFileStatus(path));
    }

    @Override
    public FileStatus[] listStatus(org.apache.hadoop.fs.Path path) throws IOException {
      return Stream.of(super.listStatus(path)).map(Disk::plain).toArray(FileStatus[]::new);
    }

    /** Its own asks for the permissions of what it takes for a path of this machine. */
    private static FileStatus plain(FileStatus of) {
      return new FileStatus(
          of.getLen(),
          of.isDirectory(),
          1,
          of.getBlockSize(),
          of.getModificationTime(),
          of.getPath());
    }

    private static FSDataOutputStream limited(OutputStream file) throws IOException {
      return new FSDataOutputStream(
          new FilterOutputStream(file) {
            @Override
            public void write(int b) throws IOException {
              write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
              if (ROOM.addAndGet(-length) < 0) {
                throw new IOException("No space left on device");
              }
              out.write(bytes, from, length);
            }
          },
          null);
    }
  }

  @BeforeAll
  static void mount() {
    String key = "fs.room.impl";
    SparkFixture.spark().sparkContext().hadoopConfiguration().set(key, Disk.class.getName());
    SparkHadoopUtil.get().conf().set(key, Disk.class.getName());
  }

  @AfterEach
  void makeRoom() {
    ROOM.set(ENOUGH);
  }

  private JobConfig job() {
    Path disk = Path.of("room:" + folder);
    return TestJob.in(disk)
        .columns("text", "caption")
        .run(2, 1 << 20, 1 << 16)
        .checkpoint(disk.resolve("checkpoint"))
        .build();
  }

  private static void run(JobConfig job, String values) {
    SparkSession spark = SparkFixture.spark();
    FuseJob.run(job, Map.of(), spark, spark.sql("values " + values + " as t(id, caption)"));
  }

  private static List<String> rows(JobConfig job) {
    return Stream.of(job.output(), job.quarantine())
        .flatMap(
            s ->
                SparkFixture.spark()
                    .read()
                    .parquet(s.path())
                    .drop("run_id")
                    .collectAsList()
                    .stream())
        .map(Row::toString)
        .sorted()
        .toList();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aRerunWithRoomMakesItRight() throws IOException {
    JobConfig job = job();
    makeRoom();
    run(job, AFTER);
    Map<String, List<String>> right = new HashMap<>();
    right.put(AFTER, rows(job));
    List<String> names = names();
    makeRoom();
    run(job, BEFORE);
    long all = ENOUGH - ROOM.get();
    right.put(BEFORE, rows(job));
    String next = AFTER;
    for (double part : PARTS) {
      String values = next;
      ROOM.set((long) (part * all));
      assertThatThrownBy(() -> run(job, values)).as("at %s", part).isInstanceOf(Exception.class);
      makeRoom();
      run(job, values);
      assertThat(rows(job)).as("at %s", part).isEqualTo(right.get(values));
      assertThat(names()).as("at %s", part).isEqualTo(names);
      next = values.equals(AFTER) ? BEFORE : AFTER;
    }
    assertThat(right.get(AFTER)).isNotEqualTo(right.get(BEFORE));
  }
}
