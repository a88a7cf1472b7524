package tributary.spark.roots;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import tributary.merge.NodeBytes;
import tributary.record.ModalityRoot;

/**
 * Finds roots that earlier runs put down. What can't be read is counted and computed anew. Lives in
 * a task, used by one thread.
 */
public final class RootReader implements AutoCloseable {
  private static final int OPEN = 16;

  private final @Nullable RootIndex index;
  private final FileSystem files;
  private final NodeBytes nodes;
  private final Runnable wrong;
  private final Map<String, FSDataInputStream> open =
      new LinkedHashMap<>(OPEN, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, FSDataInputStream> eldest) {
          boolean full = size() > OPEN;
          if (full) {
            quietly(eldest.getValue());
          }
          return full;
        }
      };

  /**
   * @param wrong told of each that can't be read
   */
  public RootReader(RootPlan plan, FileSystem files, NodeBytes nodes, Runnable wrong) {
    this.index = plan.index() == null ? null : RootIndex.of(plan.index().value());
    this.files = files;
    this.nodes = nodes;
    this.wrong = wrong;
  }

  /**
   * The root of a modality of a record.
   *
   * @param contentHash SHA-256 of its payload, hex
   */
  public Optional<ModalityRoot> find(String id, String modality, String contentHash) {
    if (index == null) {
      return Optional.empty();
    }
    RootKey key = RootKey.of(id, modality, contentHash);
    int at = index.find(key);
    if (at < 0) {
      return Optional.empty();
    }
    try {
      byte[] bytes = RootPortion.bytes(stream(index.file(at)), index.offset(at), index.length(at));
      return Optional.of(RootPortion.root(bytes, key, nodes));
    } catch (IOException | RuntimeException e) {
      // Clients of file systems throw either.
      wrong.run();
      System.getLogger("tributary")
          .log(System.Logger.Level.WARNING, "Cannot read a root of " + index.file(at), e);
      return Optional.empty();
    }
  }

  private FSDataInputStream stream(String file) throws IOException {
    FSDataInputStream in = open.get(file);
    if (in == null) {
      in = files.open(new Path(file));
      open.put(file, in);
    }
    return in;
  }

  private static void quietly(FSDataInputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      // Nothing was written to it.
    }
  }

  @Override
  public void close() {
    open.values().forEach(RootReader::quietly);
    open.clear();
  }
}
