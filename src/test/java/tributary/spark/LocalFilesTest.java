package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalFilesTest {
  private static final String PROCESS = "jdk.ProcessStart";

  @TempDir private Path dir;

  private static FileSystem files(Class<? extends FileSystem> type, String umask)
      throws IOException {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.file.impl", type, FileSystem.class);
    configuration.set(FsPermission.UMASK_LABEL, umask);
    return FileSystem.newInstance(URI.create("file:///"), configuration);
  }

  private org.apache.hadoop.fs.Path in(String name) {
    return new org.apache.hadoop.fs.Path(dir.resolve(name).toString());
  }

  /** What a session of this fixture writes by, as the launcher's. */
  @Test
  void theSessionHasIt() throws IOException {
    Configuration configuration = SparkFixture.spark().sparkContext().hadoopConfiguration();
    assertThat(in("x").getFileSystem(configuration)).isInstanceOf(LocalFiles.class);
  }

  @ParameterizedTest
  @CsvSource({
    "022, rw-r--r--, rwxr-xr-x",
    "077, rw-------, rwx------",
    "000, rw-rw-rw-, rwxrwxrwx"
  })
  void modesAreHadoops(String umask, String file, String folder) throws IOException {
    for (Class<? extends FileSystem> type : List.of(LocalFiles.class, LocalFileSystem.class)) {
      String name = type.getSimpleName();
      try (FileSystem files = files(type, umask)) {
        files.create(in(name + "/new/file")).close();
        files.mkdirs(in(name + "/other"));
      }
      assertThat(mode(name + "/new/file")).as(name).isEqualTo(file);
      assertThat(mode(name + "/new/.file.crc")).as(name).isEqualTo(file);
      assertThat(mode(name + "/new")).as(name).isEqualTo(folder);
      assertThat(mode(name + "/other")).as(name).isEqualTo(folder);
    }
  }

  private String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(name)));
  }

  @Test
  void theStickyBitIsSet() throws IOException {
    try (FileSystem files = files(LocalFiles.class, "022")) {
      files.mkdirs(in("shared"));
      files.setPermission(in("shared"), new FsPermission("1777"));
      assertThat(files.getFileStatus(in("shared")).getPermission())
          .isEqualTo(new FsPermission("1777"));
    }
    assertThat((Integer) Files.getAttribute(dir.resolve("shared"), "unix:mode") & 07777)
        .isEqualTo(01777);
  }

  @Test
  void whatIsNotThereIsAnErrorOfItsOwn() throws IOException {
    try (FileSystem files = files(LocalFiles.class, "022")) {
      assertThat(catchThrowable(() -> files.setPermission(in("none"), new FsPermission("644"))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("none");
    }
  }

  @Test
  void noProcessIsStarted() throws IOException {
    assertThat(processes(LocalFileSystem.class)).as("Hadoop's own").isGreaterThanOrEqualTo(3);
    assertThat(processes(LocalFiles.class)).isZero();
  }

  /** Processes that this thread starts while a file in a new folder is made and listed. */
  private long processes(Class<? extends FileSystem> type) throws IOException {
    Path recorded = dir.resolve(type.getSimpleName() + ".jfr");
    try (Recording recording = new Recording();
        FileSystem files = files(type, "022")) {
      recording.enable(PROCESS);
      recording.start();
      files.create(in(type.getSimpleName() + "/folder/file")).close();
      assertThat(FileSystems.lengths(files, in(type.getSimpleName())))
          .containsOnlyKeys("folder/file");
      recording.stop();
      recording.dump(recorded);
    }
    long own = Thread.currentThread().getId();
    List<RecordedEvent> events = RecordingFile.readAllEvents(recorded);
    return events.stream()
        .filter(e -> e.getEventType().getName().equals(PROCESS))
        .filter(e -> e.getThread() != null && e.getThread().getJavaThreadId() == own)
        .count();
  }

  @Test
  void listsWhatIsBelowAFolder() throws IOException {
    Files.createDirectories(dir.resolve("t/a/b"));
    Files.createDirectories(dir.resolve("t/empty"));
    Files.writeString(dir.resolve("t/x"), "12");
    Files.writeString(dir.resolve("t/a/y"), "1");
    Files.writeString(dir.resolve("t/a/b/z"), "");
    try (FileSystem files = files(LocalFiles.class, "022")) {
      assertThat(FileSystems.lengths(files, in("t")))
          .containsExactly(Map.entry("a/b/z", 0L), Map.entry("a/y", 1L), Map.entry("x", 2L));
      assertThat(FileSystems.lengths(files, in("t/empty"))).isEmpty();
      assertThat(catchThrowable(() -> FileSystems.lengths(files, in("none"))))
          .isInstanceOf(FileNotFoundException.class);
    }
  }
}
