package tributary.spark;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The folder that relative paths start from, with its file system. On the driver. */
final class BaseFolder {
  private static final Pattern WILD = Pattern.compile("[*?\\[{]");

  private BaseFolder() {}

  /** As the user named it. */
  static String named(String folder, Configuration configuration) throws IOException {
    Path path = new Path(folder);
    return FileSystems.of(path, configuration).makeQualified(path).toString();
  }

  /** Whether a path may match several. */
  static boolean isPattern(String path) {
    return WILD.matcher(path).find();
  }

  /** Whether there is anything of that name. */
  static boolean isThere(String folder, Configuration configuration) throws IOException {
    Path path = new Path(folder);
    return FileSystems.of(path, configuration).exists(path);
  }

  /**
   * Where the input's files are: the folder, that of the file, or that of the files which a pattern
   * matches; where these are in several, the one before the pattern.
   */
  static String ofFiles(String input, Configuration configuration) throws IOException {
    Path path = new Path(input);
    FileSystem fs = FileSystems.of(path, configuration);
    return fs.makeQualified(ofFiles(fs, path)).toString();
  }

  private static Path ofFiles(FileSystem fs, Path path) throws IOException {
    if (fs.exists(path)) {
      return fs.getFileStatus(path).isFile() ? path.getParent() : path;
    }
    FileStatus[] matched = fs.globStatus(path);
    Set<Path> folders = new HashSet<>();
    for (FileStatus found : matched == null ? new FileStatus[0] : matched) {
      folders.add(found.isFile() ? found.getPath().getParent() : found.getPath());
    }
    return folders.size() == 1 ? folders.iterator().next() : before(path);
  }

  private static Path before(Path pattern) {
    Path folder = pattern;
    while (WILD.matcher(folder.toString()).find()) {
      Path parent = folder.getParent();
      folder = parent == null ? new Path(Path.CUR_DIR) : parent;
    }
    return folder;
  }
}
