package tributary.tensor.nd4j;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.nd4j.common.config.ND4JClassLoading;

/**
 * What ND4J finds its backends through in a JVM that must not touch CUDA: all classes as ever, but
 * of the backends the CPU's alone. ND4J knows no setting for it but an environment variable, and
 * asks CUDA first. JVM-wide; without effect once ND4J has been loaded.
 */
final class CpuOnly extends ClassLoader {
  private static final String BACKENDS = "META-INF/services/org.nd4j.linalg.factory.Nd4jBackend";
  private static final String CPU = "org.nd4j.linalg.cpu.nativecpu.CpuBackend";

  private CpuOnly(ClassLoader all) {
    super(all);
  }

  static synchronized void install() {
    ClassLoader all = ND4JClassLoading.getNd4jClassloader();
    if (!(all instanceof CpuOnly)) {
      ND4JClassLoading.setNd4jClassloader(new CpuOnly(all));
    }
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    return name.equals(BACKENDS)
        ? Collections.enumeration(List.of(listOfCpu()))
        : super.getResources(name);
  }

  /** A place in memory with the list that a jar would hold: ServiceLoader takes lists by URL. */
  private static URL listOfCpu() throws MalformedURLException {
    return new URL(
        null,
        "tributary:cpu",
        new URLStreamHandler() {
          @Override
          protected URLConnection openConnection(URL place) {
            return new URLConnection(place) {
              @Override
              public void connect() {}

              @Override
              public InputStream getInputStream() {
                return new ByteArrayInputStream(CPU.getBytes(UTF_8));
              }
            };
          }
        });
  }
}
