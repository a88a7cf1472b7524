package tributary.onnx;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems.Refused;

/** Graphs as files. */
public final class OnnxFiles {
  /** What protobuf allows: sizes are 32 bits with a sign. */
  public static final long MOST = Integer.MAX_VALUE;

  private OnnxFiles() {}

  /** What is written beside graphs in a folder. */
  public static final String README = "README.md";

  /**
   * All or none of the graphs, and in a folder {@link #README} beside them.
   *
   * @param readme its content; null for none
   * @return the graphs' files
   */
  public static List<Path> write(
      List<OnnxGraph> graphs,
      Map<String, String> metadata,
      @Nullable String readme,
      Path to,
      long most) {
    Map<Path, Message> files = new LinkedHashMap<>();
    boolean single = to.toString().endsWith(".onnx");
    if (single && graphs.size() > 1) {
      throw refused(to, graphs.size() + " graphs need a folder, this is the name of a file");
    }
    for (OnnxGraph graph : graphs) {
      Message content = graph.model(version(), metadata);
      if (content.size() > most) {
        throw refused(
            to, graph.name() + " has " + content.size() + " bytes (protobuf allows " + most + ")");
      }
      files.put(single ? to : to.resolve(graph.name() + ".onnx"), content);
    }
    List<Path> all = new ArrayList<>(files.keySet());
    boolean told = readme != null && !single;
    if (told) {
      all.add(to.resolve(README));
    }
    for (Path file : all) {
      if (Files.exists(file)) {
        throw refused(to, file + " is there already");
      }
    }
    files.forEach((file, content) -> write(content, file, to));
    if (readme != null && told) {
      write(readme, to.resolve(README), to);
    }
    return new ArrayList<>(files.keySet());
  }

  /** One graph, without metadata, over whatever the file held. */
  public static void write(OnnxGraph graph, Path file) {
    write(graph.model(version(), Map.of()), file, file);
  }

  private static String version() {
    String version = OnnxFiles.class.getPackage().getImplementationVersion();
    return version == null ? "" : version;
  }

  private static void write(Message content, Path file, Path to) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
        content.write(out);
      }
    } catch (IOException e) {
      throw refused(to, e.toString());
    }
  }

  private static void write(String content, Path file, Path to) {
    try {
      Files.writeString(file, content);
    } catch (IOException e) {
      throw refused(to, e.toString());
    }
  }

  private static Refused refused(Path to, String reason) {
    return new Refused(List.of("Cannot export model to " + to + ": " + reason));
  }
}
