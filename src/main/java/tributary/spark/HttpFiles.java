package tributary.spark;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.net.URLConnection;
import java.time.Duration;
import org.apache.hadoop.fs.FileSystem;

/**
 * Files by HTTP and HTTPS, within limits of time: Hadoop's own file system for them has none, and a
 * server that says nothing would hold a task for ever. In tasks, and on the driver before the run.
 *
 * @param silence longest wait for a connection, and for the next bytes
 * @param whole longest time that one file may take
 */
record HttpFiles(Duration silence, Duration whole) {
  private static final String HADOOPS = "org.apache.hadoop.fs.http.";

  /** In tasks. */
  static final HttpFiles PATIENT = new HttpFiles(Duration.ofSeconds(30), Duration.ofMinutes(10));

  /** Before the run, to see whether a file is there. */
  static final HttpFiles BRIEF = new HttpFiles(Duration.ofSeconds(5), Duration.ofSeconds(5));

  /** Whether it is the one without limits; what another configuration names is left alone. */
  static boolean serves(FileSystem fs) {
    return fs.getClass().getName().startsWith(HADOOPS);
  }

  /**
   * The whole file.
   *
   * @throws IOException where there is none, or a limit is met
   */
  byte[] read(String path, URL url) throws IOException {
    try (InputStream in = open(url)) {
      return HadoopFiles.whole(path, in, -1);
    } catch (SocketTimeoutException e) {
      throw new IOException("no answer within " + silence.toSeconds() + " s: " + e.getMessage(), e);
    }
  }

  /** Whether the file is there: opens it and reads nothing. */
  void find(URL url) throws IOException {
    try (InputStream in = open(url)) {
      in.available();
    } catch (SocketTimeoutException e) {
      throw new IOException("no answer within " + silence.toSeconds() + " s: " + e.getMessage(), e);
    }
  }

  private InputStream open(URL url) throws IOException {
    long end = System.nanoTime() + whole.toNanos();
    URLConnection connection = url.openConnection();
    connection.setConnectTimeout((int) silence.toMillis());
    connection.setReadTimeout((int) silence.toMillis());
    InputStream in = connection.getInputStream();
    if (connection instanceof HttpURLConnection http) {
      int status = http.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        in.close();
        String to = http.getHeaderField("Location");
        throw new IOException("it answers " + status + (to == null ? "" : ", go to " + to));
      }
    }
    long told = connection.getContentLengthLong();
    return new FilterInputStream(in) {
      private long read;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] to, int from, int length) throws IOException {
        if (System.nanoTime() - end > 0) {
          throw new IOException("not whole within " + whole.toSeconds() + " s");
        }
        int more = super.read(to, from, length);
        if (more < 0 && told >= 0 && read < told) {
          throw new IOException("it ends after " + read + " of " + told + " bytes");
        }
        read += Math.max(more, 0);
        return more;
      }
    };
  }
}
