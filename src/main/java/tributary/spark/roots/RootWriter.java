package tributary.spark.roots;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import tributary.merge.NodeBytes;
import tributary.record.ModalityRoot;
import tributary.spark.roots.RootPortion.Entry;

/**
 * Puts down the roots of a task. A portion is written under another name and has its own when it is
 * whole. What can't be written is told once, and the task goes on without. Lives in a task, used by
 * one thread.
 */
public final class RootWriter implements AutoCloseable {
  /** Bytes of a portion, above which the next one is begun. */
  static final long MOST = 128L << 20;

  /** Bytes of a root, above which it is not kept. */
  public static final long LARGEST = 64L << 20;

  private final RootPlan plan;
  private final FileSystem files;
  private final NodeBytes nodes;
  private final Runnable failure;
  private final List<Entry> entries = new ArrayList<>();
  private String name = "";
  private @Nullable OutputStream out;
  private long bytes;
  private boolean failed;

  /**
   * @param failure told once, where something can't be written
   */
  public RootWriter(RootPlan plan, FileSystem files, NodeBytes nodes, Runnable failure) {
    this.plan = plan;
    this.files = files;
    this.nodes = nodes;
    this.failure = failure;
  }

  /**
   * Puts down a root.
   *
   * @param contentHash SHA-256 of the modality's payload, hex
   * @return whether it is there now
   */
  public boolean add(String id, String modality, String contentHash, ModalityRoot root) {
    long size = root.nodes().stream().mapToLong(n -> (long) n.latents().length * Float.BYTES).sum();
    if (failed || size > LARGEST) {
      return false;
    }
    RootKey key = RootKey.of(id, modality, contentHash);
    put(key, plan.time(), RootPortion.root(key, root, nodes));
    return !failed;
  }

  /** Puts down a root that has its bytes. */
  void put(RootKey key, long time, byte[] root) {
    if (failed) {
      return;
    }
    try {
      OutputStream to = out == null ? begun() : out;
      to.write(root);
      entries.add(new Entry(key, time, bytes, root.length));
      bytes += root.length;
      if (bytes >= MOST) {
        end();
      }
    } catch (IOException | RuntimeException e) {
      failed(e);
    }
  }

  private OutputStream begun() throws IOException {
    name = RootPortion.NAME + UUID.randomUUID();
    bytes = 0;
    entries.clear();
    OutputStream begun = files.create(hidden(), false);
    out = begun;
    return begun;
  }

  private Path hidden() {
    return new Path(plan.folder(), "." + name);
  }

  private void end() throws IOException {
    OutputStream whole = out;
    if (whole == null) {
      return;
    }
    out = null;
    try (whole) {
      whole.write(RootPortion.end(plan.plan(), entries));
    }
    Path own = new Path(plan.folder(), name);
    if (!files.rename(hidden(), own)) {
      throw new IOException(own + " can't be renamed");
    }
  }

  private void failed(Exception why) {
    failed = true;
    failure.run();
    System.getLogger("tributary").log(System.Logger.Level.WARNING, "Cannot keep roots", why);
    discard();
  }

  /** What is not whole goes. */
  public void discard() {
    OutputStream open = out;
    out = null;
    if (open == null && !failed) {
      return;
    }
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException | RuntimeException e) {
      // It goes.
    }
    try {
      files.delete(hidden(), false);
    } catch (IOException | RuntimeException e) {
      // The next run's end takes it away.
    }
  }

  /** After the last root. */
  @Override
  public void close() {
    try {
      end();
    } catch (IOException | RuntimeException e) {
      failed(e);
    }
  }
}
