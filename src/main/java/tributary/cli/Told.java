package tributary.cli;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A stream that remembers the beginning of what goes through it. */
final class Told extends FilterOutputStream {
  private final int most;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

  /**
   * Passes on to a stream.
   *
   * @param most bytes to remember
   */
  Told(OutputStream to, int most) {
    super(to);
    this.most = most;
  }

  @Override
  public synchronized void write(int b) throws IOException {
    out.write(b);
    if (kept.size() < most) {
      kept.write(b);
    }
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int length) throws IOException {
    out.write(bytes, from, length);
    kept.write(bytes, from, Math.min(length, most - kept.size()));
  }

  /** What went through, at most what is remembered. */
  synchronized String text() {
    return kept.toString(StandardCharsets.UTF_8).strip();
  }
}
