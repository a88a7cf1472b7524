package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that hang, drip, cut and refuse: none holds a task. */
@Timeout(60)
class HttpFilesTest {
  private static final HttpFiles QUICK =
      new HttpFiles(Duration.ofMillis(1100), Duration.ofMillis(1500));

  /** What a server does with its one connection. */
  private interface Answer {
    void write(OutputStream out) throws Exception;
  }

  /** What comes of reading a file of such a server. */
  private static byte[] read(Answer answer) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      Thread serving = new Thread(() -> serve(server, answer));
      serving.setDaemon(true);
      serving.start();
      return QUICK.read("path", new URL("http", "127.0.0.1", server.getLocalPort(), "/a b.png"));
    }
  }

  private static void serve(ServerSocket server, Answer answer) {
    try {
      while (true) {
        try (Socket socket = server.accept();
            InputStream in = socket.getInputStream()) {
          in.read(new byte[1 << 12]);
          answer.write(socket.getOutputStream());
        }
      }
    } catch (Exception closed) {
      // The test is over.
    }
  }

  private static void head(OutputStream out, String status, String more) throws IOException {
    out.write(("HTTP/1.1 " + status + "\r\n" + more + "\r\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  @Test
  void aFileIsReadToItsEndWithAndWithoutALength() throws IOException {
    for (String length : new String[] {"", "Content-Length: 3\r\n"}) {
      byte[] read =
          read(
              out -> {
                head(out, "200 OK", length);
                out.write(new byte[] {1, 2, 3});
              });
      assertThat(read).containsExactly(1, 2, 3);
    }
  }

  @Test
  void silenceEnds() {
    assertThatThrownBy(() -> read(out -> Thread.currentThread().join()))
        .isInstanceOf(IOException.class)
        .hasMessage("no answer within 1 s: Read timed out");
  }

  @Test
  void dripsEnd() {
    assertThatThrownBy(
            () ->
                read(
                    out -> {
                      head(out, "200 OK", "");
                      while (true) {
                        out.write(1);
                        out.flush();
                        // Waits for the reader's side: a write fails once it has gone.
                        java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
                      }
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("not whole within 1 s");
  }

  @Test
  void aCutFileAndOneThatIsNotThere() {
    assertThatThrownBy(
            () ->
                read(
                    out -> {
                      head(out, "200 OK", "Content-Length: 5\r\n");
                      out.write(new byte[3]);
                    }))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> read(out -> head(out, "404 Not Found", "Content-Length: 0\r\n")))
        .isInstanceOf(java.io.FileNotFoundException.class);
    assertThatThrownBy(() -> read(out -> head(out, "503 Busy", "Content-Length: 0\r\n")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("503");
  }
}
