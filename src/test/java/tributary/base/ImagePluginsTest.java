package tributary.base;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first picture that is written and the first one that is read may be at once. */
final class ImagePluginsTest {
  private static final int TIMES = 100;

  /** ImageIO's registry looked through by one thread while another changes it threw. */
  @Test
  void aPictureIsWrittenWhileAnotherTaskReadsItsFirst(@TempDir Path folder) throws Exception {
    // In a JVM of its own: a registry keeps the plug-ins of every class loader that it was given.
    Path log = folder.resolve("log");
    Process forked =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                ImagePluginsTest.class.getName())
            .redirectError(log.toFile())
            .start();
    String out = new String(forked.getInputStream().readAllBytes(), UTF_8);
    assertThat(forked.waitFor()).as("exit code: %s", Files.readString(log)).isZero();
    assertThat(out).isEqualTo(TIMES + " times\n");
  }

  public static void main(String[] args) throws Exception {
    URL[] path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(ImagePluginsTest::url)
            .toArray(URL[]::new);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int i = 0; i < TIMES; i++) {
        // As in a JVM that has just started: its own classes, not yet initialized.
        try (URLClassLoader fresh =
            new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
          CyclicBarrier start = new CyclicBarrier(2);
          Callable<Integer> writes = () -> written(fresh, start);
          Callable<Integer> reads = () -> read(fresh, start);
          Future<Integer> written = threads.submit(writes);
          Future<Integer> read = threads.submit(reads);
          read.get();
          if (written.get() <= 0) {
            throw new AssertionError("round " + i + " wrote nothing");
          }
        }
      }
      System.out.println(TIMES + " times");
    } finally {
      threads.shutdown();
    }
  }

  private static URL url(String file) {
    try {
      return new File(file).toURI().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static int written(ClassLoader fresh, CyclicBarrier start) throws Exception {
    BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);
    start.await();
    int bytes = 0;
    for (int i = 0; i < 200; i++) {
      Class<?> png = Class.forName("tributary.base.Png", true, fresh);
      bytes += ((byte[]) png.getMethod("bytes", BufferedImage.class).invoke(null, image)).length;
    }
    return bytes;
  }

  private static int read(ClassLoader fresh, CyclicBarrier start) throws Exception {
    start.await();
    return Class.forName("tributary.read.RasterReader", true, fresh).getName().length();
  }
}
