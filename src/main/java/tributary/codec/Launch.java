package tributary.codec;

import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tributary.config.JobConfig.Codecs;

/** The command that starts a codec process: this JVM's Java, and of its classes what it needs. */
final class Launch {
  private static final String MAIN = "tributary.codec.child.Main";
  private static final String CACHE = "org.bytedeco.javacpp.cachedir";

  /** MiB of address space that the Java of such a process reserves, of which it uses little. */
  static final int JAVA = 512;

  private Launch() {}

  /**
   * The command.
   *
   * @throws IOException where a part of it is missing, with the part
   */
  static List<String> command(Codecs limits) throws IOException {
    Path shell = Path.of("/bin/sh");
    if (!Files.isExecutable(shell)) {
      throw new IOException("there is no " + shell + " to limit its memory with");
    }
    List<String> command = new ArrayList<>();
    command.add(shell.toString());
    command.add("-c");
    // Of this shell alone, which becomes the process.
    command.add("ulimit -c 0 && ulimit -v \"$1\" && shift && exec \"$@\"");
    command.add("sh");
    command.add(Long.toString((limits.memory() + (long) JAVA) << 10));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx64m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=24m",
            "-XX:MaxMetaspaceSize=64m",
            "-XX:CompressedClassSpaceSize=32m",
            "-Xshare:auto",
            // Its standard output is ours.
            "-XX:+SuppressFatalErrorMessage",
            "-XX:+DisplayVMOutputToStderr",
            "-Dorg.bytedeco.javacpp.nopointergc=true"));
    String cache = System.getProperty(CACHE);
    if (cache != null) {
      command.add("-D" + CACHE + "=" + cache);
    }
    command.add("-cp");
    command.add(String.join(File.pathSeparator, classPath()));
    command.add(MAIN);
    command.add(Integer.toString(limits.memory()));
    return command;
  }

  private static Set<String> classPath() throws IOException {
    String platform = platform();
    Set<String> places = new LinkedHashSet<>();
    places.add(place("tributary/codec/child/Main.class"));
    places.add(place("org/bytedeco/javacpp/Loader.class"));
    places.add(place("org/bytedeco/ffmpeg/global/avcodec.class"));
    places.add(place("org/bytedeco/javacpp/" + platform + "/libjnijavacpp.so"));
    places.add(place("org/bytedeco/ffmpeg/" + platform + "/libjniavcodec.so"));
    return places;
  }

  /** As JavaCPP names it. */
  private static String platform() throws IOException {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    if (!system.equals("linux") || !Set.of("amd64", "x86-64", "x86_64").contains(machine)) {
      throw new IOException(
          "the library is there for Linux x86-64, not for " + system + " " + machine);
    }
    return "linux-x86_64";
  }

  /** The jar or folder that a class or library of ours is in, wherever Spark has put it. */
  private static String place(String resource) throws IOException {
    try {
      return found(resource);
    } catch (IllegalArgumentException e) {
      throw new IOException("Cannot find the place of " + resource + ": " + e.getMessage(), e);
    }
  }

  private static String found(String resource) throws IOException {
    ClassLoader loader = Launch.class.getClassLoader();
    URL url =
        loader == null ? ClassLoader.getSystemResource(resource) : loader.getResource(resource);
    if (url == null) {
      throw new IOException(resource + " is not among the libraries of this installation");
    }
    URLConnection connection = url.openConnection();
    if (connection instanceof JarURLConnection jar) {
      return Path.of(URI.create(jar.getJarFileURL().toString())).toString();
    }
    String file = Path.of(URI.create(url.toString())).toString();
    return file.substring(0, file.length() - resource.length() - 1);
  }
}
