package tributary.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * jobs/tributary in a home of its own, with a `java` and a `spark-submit` that print what they are
 * called with, an argument a line, and end with 3.
 */
@NullUnmarked
final class LauncherTest {
  private static final String ECHO =
      """
      #!/bin/bash
      printf '%s\\n' "called ${0##*/}" "$@" "OMP_NUM_THREADS=${OMP_NUM_THREADS-}" \\
        "SPARK_HOME=${SPARK_HOME-}" "TRIBUTARY_HOME=${TRIBUTARY_HOME-}"
      exit 3
      """;

  @TempDir Path folder;
  private final Map<String, String> env = new TreeMap<>();
  private Path home;
  private Path jar;

  /** What a call printed, a line each, and its exit code. */
  private record Ran(int code, List<String> out) {
    List<String> after(String line) {
      assertThat(out).contains(line);
      return out.subList(out.indexOf(line) + 1, out.size());
    }
  }

  @BeforeEach
  void home() throws IOException {
    home = Files.createDirectories(folder.toRealPath().resolve("a home"));
    Files.createDirectories(home.resolve("jobs"));
    Files.copy(Path.of("jobs/tributary"), home.resolve("jobs/tributary"));
    Files.createDirectories(home.resolve("conf"));
    Files.writeString(home.resolve("conf/spark-defaults.conf"), "spark.driver.memory 1500m\n");
    Path target = Files.createDirectories(home.resolve("target"));
    jar = Files.createFile(target.resolve("tributary-1.jar"));
    Files.createFile(target.resolve("jvm.options"));
    Files.createFile(Files.createDirectories(target.resolve("lib")).resolve("a.jar"));
    Files.createFile(target.resolve("lib/b.jar"));
    Files.createDirectories(target.resolve("spark/jars"));
    executable("jdk/bin/java", ECHO);
    env.put("JAVA_HOME", folder.resolve("jdk").toString());
  }

  @Test
  void optionsOfSparkStandAnywhereAndOursStay() throws Exception {
    Ran ran =
        run(
            "--master",
            "local[3]",
            "fuse",
            "my job.yaml",
            "--conf",
            "spark.x=y z",
            "--set",
            "a=b c",
            "--executor-memory=4g",
            "--stacktrace");
    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.out()).startsWith("called java");
    assertThat(ran.after("org.apache.spark.deploy.SparkSubmit"))
        .containsSubsequence("--master", "local[3]")
        .containsSubsequence("--conf", "spark.x=y z")
        .containsSubsequence("--executor-memory", "4g")
        .containsSubsequence("--class", "tributary.cli.Main", "spark-internal");
    assertThat(ran.after("spark-internal"))
        .startsWith("fuse", "my job.yaml", "--set", "a=b c", "--stacktrace");
  }

  @Test
  void theEmbeddedSparkHasDefaults() throws Exception {
    Ran ran = run("fuse", "job.yaml");
    assertThat(ran.out())
        .contains("-Xmx1500m", "@" + home.resolve("target/jvm.options"), "OMP_NUM_THREADS=1")
        .contains("-Dlog4j2.configurationFile=" + home.resolve("conf/log4j2.properties"))
        .contains("-Dspark.executorEnv.OMP_NUM_THREADS=1", "SPARK_HOME=")
        .contains("TRIBUTARY_HOME=" + home);
    assertThat(ran.after("org.apache.spark.deploy.SparkSubmit"))
        .startsWith("--master", "local[*]")
        .containsSubsequence("--properties-file", home + "/conf/spark-defaults.conf");
  }

  @Test
  void theDriversMemoryIsTheJvms() throws Exception {
    assertThat(run("fuse", "j", "--driver-memory", "3g").out()).contains("-Xmx3g");
    assertThat(run("fuse", "j", "--conf", "spark.driver.memory=512").out()).contains("-Xmx512m");
  }

  @Test
  void onnxRuntimeIsThereForTwoCommandsAlone() throws Exception {
    String peer = home.resolve("target/bench/jars/*") + ":";
    assertThat(String.join(" ", run("bench", "--quick").out())).contains(peer);
    assertThat(String.join(" ", run("model", "export", "m", "--onnx", "d").out())).contains(peer);
    assertThat(run("bench").out()).doesNotContain("org.apache.spark.deploy.SparkSubmit");
    for (String[] other :
        new String[][] {{"model", "init", "export"}, {"fuse", "bench"}, {"--help"}}) {
      assertThat(String.join(" ", run(other).out())).doesNotContain("bench/jars");
    }
  }

  @Test
  void nativeLibrariesAreCachedForTheUser() throws Exception {
    env.put("XDG_CACHE_HOME", "/my cache");
    env.put("OMP_NUM_THREADS", "2");
    assertThat(run("fuse", "j").out())
        .contains("-Dorg.bytedeco.javacpp.cachedir=/my cache/tributary/javacpp")
        .contains("OMP_NUM_THREADS=2", "-Dspark.executorEnv.OMP_NUM_THREADS=2");
  }

  @Test
  void aClusterIsSentTheJar() throws Exception {
    Ran ran = run("fuse", "j", "--master", "spark://host:7077");
    assertThat(ran.out()).containsSubsequence("--jars", "--class", "tributary.cli.Main");
    assertThat(ran.after("tributary.cli.Main")).startsWith(jar.toString(), "fuse", "j");
  }

  @Test
  void jarsAreInTheOrderOfTheirNames() throws Exception {
    Files.createFile(home.resolve("target/spark/jars/s.jar"));
    String lib = home + "/target/lib/";
    assertThat(run("fuse", "j").after("-cp"))
        .startsWith(lib + "a.jar:" + lib + "b.jar:" + home + "/target/spark/jars/s.jar:" + jar);
  }

  @Test
  void aWholeClassArchiveIsUsed() throws Exception {
    assertThat(run("fuse", "j").out()).noneMatch(line -> line.contains("SharedArchiveFile"));
    Files.writeString(home.resolve("target/classes-5.jsa"), "half");
    assertThat(run("fuse", "j").out()).noneMatch(line -> line.contains("SharedArchiveFile"));
    Files.writeString(home.resolve("target/classes-5.jsa"), "whole");
    for (String[] command : new String[][] {{"fuse", "j"}, {"model", "show", "m"}}) {
      assertThat(run(command).out())
          .containsSubsequence(
              "-Xshare:auto",
              "-XX:SharedArchiveFile=" + home + "/target/classes-5.jsa",
              "-Xlog:cds=off");
    }
  }

  @Test
  void aLocalRunHasItsCompilerDirectives() throws Exception {
    String option = "-XX:CompilerDirectivesFile=" + home + "/jobs/compiler.json";
    assertThat(run("fuse", "j").out()).noneMatch(line -> line.contains("CompilerDirectives"));
    Files.writeString(home.resolve("jobs/compiler.json"), "[]");
    assertThat(run("fuse", "j").out())
        .containsSubsequence(
            "-XX:+UnlockDiagnosticVMOptions", option, "-XX:+DisplayVMOutputToStderr");
    assertThat(run("fuse", "j", "--master", "spark://host:7077").out())
        .noneMatch(line -> line.contains("CompilerDirectives"));
    assertThat(run("model", "show", "m").out())
        .noneMatch(line -> line.contains("CompilerDirectives"));
    for (String own :
        new String[] {"-XX:-TieredCompilation", "-XX:CompilerDirectivesFile=own", "-Xint"}) {
      assertThat(run("fuse", "j", "--driver-java-options", own).out())
          .contains(own)
          .noneMatch(line -> line.endsWith("compiler.json"));
    }
    Files.writeString(home.resolve("jobs/compiler.json"), "");
    assertThat(run("fuse", "j").out()).noneMatch(line -> line.contains("CompilerDirectives"));
  }

  @Test
  void optionsForMemoryOfOnesOwnStay() throws Exception {
    assertThat(run("fuse", "j").out()).contains("-XX:+UseParallelGC", "-XX:NewRatio=4");
    for (String own : new String[] {"-Xmn100m", "-XX:NewRatio=1", "-XX:+UseSerialGC"}) {
      assertThat(run("fuse", "j", "--driver-java-options", own).out())
          .contains(own)
          .doesNotContain("-XX:NewRatio=4");
    }
    env.put("JDK_JAVA_OPTIONS", "-XX:NewRatio=2");
    assertThat(run("fuse", "j").out()).doesNotContain("-XX:NewRatio=4");
  }

  @Test
  void noOptionsAreNoOption() throws Exception {
    List<String> out = run("fuse", "j", "--driver-java-options", "").out();
    assertThat(out.subList(0, out.indexOf("org.apache.spark.deploy.SparkSubmit")))
        .contains("-Xmx1500m")
        .doesNotContain("");
  }

  @Test
  void executorsOfALocalClusterStartFromTheEmbeddedSpark() throws Exception {
    Ran ran = run("fuse", "j", "--master", "local-cluster[2,1,1024]");
    assertThat(ran.out()).contains("SPARK_HOME=" + home.resolve("target/spark"));
  }

  @Test
  void commandsWithoutSparkStartAtOnce() throws Exception {
    for (String[] command :
        new String[][] {{"parity", "d"}, {"model", "init", "c"}, {"--version"}, {"fuse", "-h"}}) {
      Ran ran = run(command);
      assertThat(ran.out()).doesNotContain("org.apache.spark.deploy.SparkSubmit");
      assertThat(ran.after("tributary.cli.Main")).startsWith(command);
    }
    assertThat(run().out()).contains("tributary.cli.Main");
  }

  @Test
  void aSparkOfOnesOwnIsUsed() throws Exception {
    executable("my spark/bin/spark-submit", ECHO);
    env.put("SPARK_HOME", folder.resolve("my spark").toString());
    Ran ran = run("check", "j", "--master", "yarn", "--jars", "c.jar");
    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.out())
        .startsWith("called spark-submit", "--class", "tributary.cli.Main", "--jars")
        .contains(home + "/target/lib/a.jar," + home + "/target/lib/b.jar,c.jar")
        .containsSubsequence("--master", "yarn", jar.toString(), "check", "j");
  }

  @Test
  void aWrongSparkHomeIsNamed() throws Exception {
    env.put("SPARK_HOME", "/no/spark");
    Ran ran = run("fuse", "j");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out())
        .containsExactly(
            "Cannot run Tributary: SPARK_HOME is /no/spark, and there is no bin/spark-submit in it");
  }

  @Test
  void anOptionWithoutItsValueIsRefused() throws Exception {
    Ran ran = run("fuse", "j", "--master");
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.out()).containsExactly("Cannot run Tributary: --master has no value");
  }

  @Test
  void javaAndSparkThatDoNotRunTogetherAreRefused() throws Exception {
    Files.createFile(home.resolve("target/spark/jars/spark-core_2.13-4.1.0.jar"));
    Path release = folder.resolve("jdk/release");
    Files.writeString(release, "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"21.0.3\"\n");
    assertThat(run("fuse", "j").code()).isEqualTo(3);
    Files.writeString(release, "JAVA_VERSION=\"25.0.3\"\n");
    Ran ran = run("fuse", "j");
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.out())
        .containsExactly(
            "Cannot run Tributary: Spark 4.1.0 does not run on Java 25: set JAVA_HOME to a JDK 17 or 21, or SPARK_HOME to a Spark 4.2");
    assertThat(run("model", "show", "m").code()).isEqualTo(3);
    executable("spark/bin/spark-submit", ECHO);
    Path jars = Files.createDirectories(folder.resolve("spark/jars"));
    env.put("SPARK_HOME", folder.resolve("spark").toString());
    Path spark = Files.createFile(jars.resolve("spark-core_2.13-4.2.0.jar"));
    assertThat(run("fuse", "j").code()).isEqualTo(3);
    Files.move(spark, jars.resolve("spark-core_2.12-3.5.1.jar"));
    assertThat(run("fuse", "j").out())
        .containsExactly(
            "Cannot run Tributary: Spark 3.5.1 in "
                + jars
                + " is built for Scala 2.12 (expected Spark 4.0, 4.1 or 4.2)");
    Files.writeString(release, "JAVA_VERSION=\"1.8.0_402\"\n");
    Files.delete(jars.resolve("spark-core_2.12-3.5.1.jar"));
    ran = run("fuse", "j");
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.out())
        .singleElement()
        .asString()
        .endsWith("jdk/bin/java is Java 8 (expected 17 or 21)");
  }

  @Test
  void theLibraryOfAFileSystemIsFetchedOnce() throws Exception {
    Files.createFile(home.resolve("target/spark/jars/hadoop-client-api-3.4.2.jar"));
    executable(
        "tools/mvn",
        "#!/bin/bash\necho fetched \"$@\"\nd=${!#}\nd=${d#*=}\nmkdir -p \"$d\"\n: >\"$d/fs.jar\"\n");
    env.put("PATH", folder.resolve("tools") + ":" + System.getenv("PATH"));
    String jar = home + "/target/filesystems/s3a-3.4.2/fs.jar";
    Ran ran = run("fuse", "j", "--with", "s3a", "--jars", "own.jar");
    assertThat(ran.out())
        .anyMatch(l -> l.startsWith("fetched ") && l.contains("-Ps3a -Dhadoop.version=3.4.2"))
        .containsSubsequence("--jars", "own.jar," + jar);
    ran = run("fuse", "j", "--with=s3a");
    assertThat(ran.out()).startsWith("called java").containsSubsequence("--jars", jar);
    ran = run("fuse", "j", "--with", "ftp");
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.out())
        .containsExactly(
            "Cannot run Tributary: --with ftp (expected s3a, abfs or gs; others by --packages or --jars)");
  }

  @Test
  void whatIsInstalledEverywhereIsNotSent() throws Exception {
    executable("spark/bin/spark-submit", ECHO);
    env.put("SPARK_HOME", folder.resolve("spark").toString());
    Ran ran = run("fuse", "j", "--installed", "--conf", "spark.executor.extraClassPath=own.jar");
    String lib = home + "/target/lib/*";
    assertThat(ran.out())
        .doesNotContain("--jars")
        .containsSubsequence("--conf", "spark.driver.extraClassPath=" + lib)
        .containsSubsequence(
            "--conf", "spark.executor.extraClassPath=" + lib + ":" + jar + ":own.jar")
        .containsSubsequence("local:" + jar, "fuse", "j");
    String[] onCluster = {"fuse", "j", "--installed", "--master=spark://h:1"};
    assertThat(run(onCluster).out()).contains("local:" + jar);
    ran = run("fuse", "j", "--installed", "--master=spark://h:1", "--deploy-mode=cluster");
    assertThat(String.join(" ", ran.out())).contains(" " + jar + " fuse j");
  }

  @Test
  void whatADriverElsewhereEndsWithIsTheExitCode() throws Exception {
    env.put("SPARK_HOME", folder.resolve("spark").toString());
    String[][] reports = {
      {"ERROR Client: User class threw exception: Tributary ended with exit code 3: Why", "1", "3"},
      {"INFO ClientEndpoint: State of driver driver-1 is FAILED, exiting", "0", "1"},
      {"INFO ClientEndpoint: State of driver driver-1 is FINISHED, exiting", "0", "0"},
      {"ERROR Client: no such queue", "1", "1"},
    };
    for (String[] report : reports) {
      executable(
          "spark/bin/spark-submit",
          "#!/bin/bash\necho out\necho '" + report[0] + "' >&2\nexit " + report[1] + "\n");
      Ran ran = run("fuse", "j", "--master", "yarn", "--deploy-mode", "cluster");
      assertThat(ran.code()).as(report[0]).isEqualTo(Integer.parseInt(report[2]));
      assertThat(ran.out()).containsExactlyInAnyOrder("out", report[0]);
    }
    Ran ran = run("fuse", "j", "--master", "spark://h:7077", "--deploy-mode=cluster");
    assertThat(ran.out())
        .startsWith(
            "The driver runs on the cluster: what comes of it is told by the master's page, and why by stderr in its folder of the worker's work directory (--conf spark.standalone.submit.waitAppCompletion=true waits for its end)");
  }

  @Test
  void itIsFoundThroughLinks() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("t"), home.resolve("jobs/tributary"));
    assertThat(start(link, "fuse", "j").out()).contains("TRIBUTARY_HOME=" + home);
  }

  @Test
  void nothingBuiltIsBuiltOnce() throws Exception {
    Files.delete(jar);
    executable("tools/mvn", "#!/bin/bash\necho built \"$@\"\n: > target/tributary-2.jar\n");
    env.put("PATH", folder.resolve("tools") + ":" + System.getenv("PATH"));
    Ran ran = run("fuse", "j");
    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.out())
        .startsWith(
            "Nothing is built yet: building with Maven (mvn -DskipTests package), once",
            "built -q -B -ntp -DskipTests package",
            "called java")
        .anyMatch(line -> line.endsWith(":" + home + "/target/tributary-2.jar"));
    assertThat(run("fuse", "j").out()).startsWith("called java");
  }

  @Test
  void aFailedBuildIsSaid() throws Exception {
    Files.delete(jar);
    executable("tools/mvn", "#!/bin/bash\nexit 1\n");
    env.put("PATH", folder.resolve("tools") + ":" + System.getenv("PATH"));
    Ran ran = run("fuse", "j");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).endsWith("Cannot run Tributary: the build failed");
  }

  private void executable(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Ran run(String... args) throws Exception {
    return start(home.resolve("jobs/tributary"), args);
  }

  /** Both streams together, from another working directory. */
  private Ran start(Path launcher, String... args) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("bash", launcher.toString());
    builder.command().addAll(List.of(args));
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().keySet().removeAll(List.of("SPARK_HOME", "MASTER", "OMP_NUM_THREADS"));
    builder.environment().putAll(env);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), out.lines().toList());
  }
}
