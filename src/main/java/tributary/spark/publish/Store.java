package tributary.spark.publish;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

/**
 * What publishing asks of a file system. On this machine's disks by the JDK: Hadoop's own file
 * system for them looks before it makes a file, in two steps, and keeps checksums in files beside.
 */
final class Store {
  private static final String HDFS = "hdfs|viewfs|webhdfs";

  private static final int TRIES = 100;

  /** Names of files that are being written. */
  private static final Pattern HALF =
      Pattern.compile("_.+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private final FileSystem files;

  Store(FileSystem files) {
    this.files = files;
  }

  /** Whether files are on this machine's disks. */
  boolean isLocal() {
    return "file".equals(files.getUri().getScheme());
  }

  /** Whether a folder is moved in one step. */
  boolean movesAtOnce() {
    return isLocal() || files.getUri().getScheme().matches(HDFS);
  }

  boolean exists(Path path) throws IOException {
    return files.exists(path);
  }

  /** What a small file says, what is no UTF-8 in it replaced; none where there is none. */
  Optional<String> text(Path path) throws IOException {
    try {
      if (isLocal()) {
        return Optional.of(new String(Files.readAllBytes(local(path)), StandardCharsets.UTF_8));
      }
      try (InputStream in = files.open(path)) {
        return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    } catch (NoSuchFileException | FileNotFoundException none) {
      return Optional.empty();
    }
  }

  /**
   * Writes a small file in the place of what was there, whole. Another may take it for one that
   * somebody who was killed has left, and remove it while it is half: it is written again.
   */
  void write(Path path, String text) throws IOException {
    for (int i = 0; ; i++) {
      try {
        writeOnce(path, text);
        return;
      } catch (NoSuchFileException | FileNotFoundException e) {
        if (i == TRIES) {
          throw e;
        }
      }
    }
  }

  private void writeOnce(Path path, String text) throws IOException {
    if (isLocal()) {
      java.nio.file.Path whole = local(beside(path));
      try {
        durably(whole, text);
        // Hadoop's checksum of what was there before would make the new one unreadable for it.
        Files.deleteIfExists(local(new Path(path.getParent(), "." + path.getName() + ".crc")));
        Files.move(whole, local(path), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        // Of a disk that is full not even the half stays.
        Files.deleteIfExists(whole);
      }
      return;
    }
    files.mkdirs(path.getParent());
    if (!files.getUri().getScheme().matches(HDFS)) {
      // Object stores show a file when it is closed.
      put(path, text);
      return;
    }
    Path whole = beside(path);
    try {
      put(whole, text);
      FileContext.getFileContext(files.getUri(), files.getConf())
          .rename(whole, path, Options.Rename.OVERWRITE);
    } finally {
      files.delete(whole, false);
    }
  }

  /** Removes what others who were killed have written of small files in a folder. */
  void sweep(Path folder, Predicate<String> ofOthers) throws IOException {
    for (FileStatus status : list(folder)) {
      String name = status.getPath().getName();
      if (HALF.matcher(name).matches() && ofOthers.test(name)) {
        delete(status.getPath());
      }
    }
  }

  private void put(Path path, String text) throws IOException {
    try (OutputStream out = files.create(path, true)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Another may remove the folder while it is empty: it is made again. */
  private static FileChannel create(java.nio.file.Path path) throws IOException {
    for (int i = 0; ; i++) {
      Files.createDirectories(path.getParent());
      try {
        return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (NoSuchFileException e) {
        if (i == TRIES) {
          throw e;
        }
      }
    }
  }

  private static void durably(java.nio.file.Path path, String text) throws IOException {
    try (FileChannel out = create(path)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }

  private static Path beside(Path path) {
    return new Path(path.getParent(), "_" + path.getName() + "." + UUID.randomUUID());
  }

  /**
   * Moves a file or folder to a place where nothing is: in one step on local disks and HDFS, file
   * by file in object stores.
   *
   * @throws IOException where something is there, or nothing is to be moved
   */
  void move(Path from, Path to) throws IOException {
    if (files.exists(to)) {
      throw new IOException("Cannot move " + from + " to " + to + ": something is there");
    }
    if (isLocal()) {
      Files.move(local(from), local(to), StandardCopyOption.ATOMIC_MOVE);
    } else if (!files.rename(from, to)) {
      throw new IOException("Cannot move " + from + " to " + to);
    }
  }

  /** What is in a folder; nothing where there is none. */
  List<FileStatus> list(Path folder) throws IOException {
    try {
      return Arrays.asList(files.listStatus(folder));
    } catch (FileNotFoundException none) {
      return List.of();
    }
  }

  /** Removes a file or folder with all in it, where there is one. */
  void delete(Path path) throws IOException {
    files.delete(path, true);
  }

  /** Removes a folder in which nothing is left, in one step on local disks. */
  void deleteIfEmpty(Path folder) throws IOException {
    if (isLocal()) {
      try {
        if (Files.isDirectory(local(folder))) {
          Files.delete(local(folder));
        }
      } catch (DirectoryNotEmptyException e) {
        return;
      }
    } else if (files.exists(folder) && list(folder).isEmpty()) {
      files.delete(folder, false);
    }
  }

  private java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(files.makeQualified(path).toUri().getPath());
  }
}
