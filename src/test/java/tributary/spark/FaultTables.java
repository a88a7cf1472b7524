package tributary.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.jspecify.annotations.Nullable;

/** Tables as a reader without Spark finds them, by id; `run_id` is left out. */
final class FaultTables {
  private FaultTables() {}

  /**
   * All rows of a folder of Parquet files, as text by id; null where there is no folder.
   *
   * @throws IOException or a RuntimeException where a file can't be read
   */
  static @Nullable SortedMap<String, List<String>> read(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return null;
    }
    SortedMap<String, List<String>> rows = new TreeMap<>();
    for (Path part : parts(folder)) {
      try (ParquetReader<Group> reader =
          ParquetReader.builder(
                  new GroupReadSupport(), new org.apache.hadoop.fs.Path(part.toString()))
              .withConf(new Configuration())
              .build()) {
        for (Group row = reader.read(); row != null; row = reader.read()) {
          rows.computeIfAbsent(row.getString("id", 0), i -> new ArrayList<>()).add(text(row));
        }
      }
    }
    return rows;
  }

  /** What readers of a folder take for its files. */
  static List<Path> parts(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().matches("[^_.].*")).sorted().toList();
    }
  }

  private static String text(Group row) {
    return row.toString()
        .lines()
        .filter(line -> !line.startsWith("id: ") && !line.startsWith("run_id: "))
        .collect(Collectors.joining("\n"));
  }
}
