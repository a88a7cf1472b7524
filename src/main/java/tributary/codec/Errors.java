package tributary.codec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * What a process says on its standard error: read always, so that it never waits; its start kept.
 */
final class Errors {
  private static final int MOST = 2000;
  private static final long END_MILLISECONDS = 2000;

  private final Thread thread;
  private final StringBuilder said = new StringBuilder();

  Errors(InputStream from) {
    thread = new Thread(() -> read(from), "tributary-codec-errors");
    thread.setDaemon(true);
    thread.start();
  }

  private void read(InputStream from) {
    byte[] part = new byte[MOST];
    try (from) {
      for (int n = from.read(part); n >= 0; n = from.read(part)) {
        keep(new String(part, 0, n, StandardCharsets.UTF_8));
      }
    } catch (IOException over) {
      // The process has ended.
    }
  }

  private synchronized void keep(String text) {
    said.append(text, 0, Math.min(text.length(), MOST - said.length()));
  }

  /** All that it said, of a process that has ended. */
  String all() {
    try {
      thread.join(END_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      return said.toString().strip();
    }
  }
}
