package tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static tributary.config.TestJob.LEAST;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkException;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfigs.Loaded;
import tributary.config.LearnConfig;
import tributary.config.Problems.Refused;
import tributary.learn.probe.Division;
import tributary.learn.probe.ProbeReport;
import tributary.learn.probe.Scores;
import tributary.spark.learn.LinearProbe;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

@NullUnmarked
final class MainTest {
  @TempDir Path folder;

  private static final ProbeReport REPORT =
      new ProbeReport(
          "t",
          "t",
          "kind",
          "by column s",
          9,
          2,
          0,
          0,
          4,
          1,
          0.1,
          true,
          "a",
          1,
          new Scores(1, 1, 1, 0.2, 1, 1, List.of(new Scores.ClassScore("a", 1, 1, 1, 1))),
          0,
          null);

  /** What a command did. */
  private record Ran(int code, String out, String err) {}

  /** Notes its calls; `fuse` ends as it is told. */
  private static final class Notes implements SparkCommands {
    private final List<String> calls = new ArrayList<>();
    private final Throwable failure;

    Notes(Throwable failure) {
      this.failure = failure;
    }

    private void fail() {
      if (failure instanceof RuntimeException e) {
        throw e;
      } else if (failure instanceof Error e) {
        throw e;
      }
    }

    @Override
    public List<String> fuse(Loaded job) {
      calls.add("fuse " + job.config().output().path() + " " + job.config().kernels());
      fail();
      return List.of("2 records", "done");
    }

    @Override
    public void pretrain(Loaded job, PrintStream out) {
      LearnConfig learn = job.learn();
      calls.add(
          "pretrain "
              + job.config().output().path()
              + " "
              + learn.batch()
              + " "
              + learn.objectives());
      fail();
      out.println("learnt");
    }

    @Override
    public String explain(Loaded job, String id, String file) {
      calls.add("explain " + id);
      fail();
      return "<html>" + id + "</html>";
    }

    @Override
    public void check(Loaded job, PrintStream out) {
      calls.add("check " + job.config().output().path());
      out.println("report");
      fail();
    }

    @Override
    public void synthetic(
        long records, long seed, int longest, double missing, int bad, String out) {
      calls.add(
          String.join(" ", "" + records, "" + seed, "" + longest, "" + missing, "" + bad, out));
    }

    @Override
    public void show(String format, String table, String id, int neighbours, PrintStream out) {
      calls.add(String.join(" ", format, table, id, "" + neighbours));
      out.println("rows");
    }

    @Override
    public boolean verify(String output, int sample, List<String> sets, PrintStream out) {
      calls.add("verify " + output + " " + sample + " " + sets);
      out.println("found");
      return !output.equals("wrong");
    }

    @Override
    public ProbeReport probe(LinearProbe.Request request) {
      calls.add(request.toString());
      return REPORT;
    }

    @Override
    public int idx(Path images, Path labels, List<String> names, String prefix, String out) {
      calls.add(String.join(" ", "" + images, "" + labels, "" + names, prefix, out));
      return 7;
    }
  }

  private static Ran run(SparkCommands spark, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = Main.run(stream(out), stream(err), spark, args);
    return new Ran(code, text(out), text(err));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  private String job(String yaml) throws IOException {
    return Files.writeString(folder.resolve("job.yaml"), yaml).toString();
  }

  @Test
  void finetuneTeachesByClassesAloneWhateverTheJobSays() throws IOException {
    String job =
        job(LEAST + "learn: {label: kind, objectives: {masked: 2, fused-contrastive: 1}}\n");
    Notes notes = new Notes(null);
    assertThat(run(notes, "pretrain", job)).isEqualTo(new Ran(0, "learnt\n", ""));
    run(notes, "finetune", job);
    run(notes, "finetune", job, "--set", "learn.objectives.masked=3");
    assertThat(notes.calls)
        .containsExactly(
            "pretrain out 64 " + new LearnConfig.Objectives(2, 1, 0, 0),
            "pretrain out 64 " + new LearnConfig.Objectives(0, 0, 0, 1),
            "pretrain out 64 " + new LearnConfig.Objectives(3, 0, 0, 1));
    assertThat(run(new Notes(null), "finetune", job(LEAST)))
        .satisfies(ran -> assertThat(ran.code()).isEqualTo(2))
        .satisfies(ran -> assertThat(ran.err()).contains("learn.label"));
  }

  private Ran failing(Throwable failure, String... more) throws IOException {
    List<String> args = new ArrayList<>(List.of("fuse", job(LEAST)));
    args.addAll(List.of(more));
    return run(new Notes(failure), args.toArray(String[]::new));
  }

  @Test
  void fuseRunsTheJobAndPrintsWhatItDid() throws IOException {
    Notes notes = new Notes(null);
    String[] args = {"fuse", job(LEAST), "--set", "output.path=o=1", "--set", "kernels=java"};
    assertThat(run(notes, args)).isEqualTo(new Ran(0, "2 records\ndone\n", ""));
    assertThat(notes.calls).containsExactly("fuse o=1 java");
  }

  @Test
  void sparkSubmitsConfigurationArrives() throws IOException {
    Notes notes = new Notes(null);
    System.setProperty("spark.tributary.kernels", "cpu");
    try {
      run(notes, "fuse", job(LEAST));
    } finally {
      System.clearProperty("spark.tributary.kernels");
    }
    assertThat(notes.calls).containsExactly("fuse out cpu");
  }

  @Test
  void checkReportsAndRefuses() throws IOException {
    assertThat(run(new Notes(null), "check", job(LEAST))).isEqualTo(new Ran(0, "report\n", ""));
    assertThat(run(new Notes(new Refused(List.of("a", "b"))), "check", job(LEAST)))
        .isEqualTo(new Ran(2, "report\n", "a\nb\n"));
  }

  @Test
  void whatIsNoJobIsRefusedAProblemALine() throws IOException {
    Notes notes = new Notes(null);
    assertThat(run(notes, "fuse", job(LEAST + "kernels: tpu\n"), "--set", "run.threads=-1"))
        .isEqualTo(
            new Ran(
                2,
                "",
                "Invalid kernels: tpu (one of auto, cpu, cuda, java)\n"
                    + "Invalid run.threads: -1 (a whole number of 0 to 2147483647)\n"));
    assertThat(run(notes, "check", "none.yaml"))
        .isEqualTo(new Ran(2, "", "Cannot read none.yaml: no such file\n"));
    assertThat(notes.calls).isEmpty();
  }

  @Test
  void anExceededBudgetIsThree() throws IOException {
    RunManifest.Counts counts = new RunManifest.Counts(4, 4, 1, 0, 3, 0, Map.of("text", 3L));
    RunManifest manifest =
        new RunManifest(
            "r",
            "budget-exceeded",
            "",
            Map.of(),
            new RunManifest.ModelInfo("elastic", "", "", 0, 1),
            "",
            Map.of(),
            "",
            counts,
            Map.of(),
            Map.of(),
            0,
            Map.of(),
            0,
            List.of(),
            null,
            null);
    assertThat(failing(new BudgetExceeded(manifest, 0.5, "q")))
        .isEqualTo(
            new Ran(
                3,
                "",
                "Cannot finish the run: 3 of 4 records quarantined (errors.max-fraction 0.5); reasons"
                    + " {text=3}; see q\n"));
  }

  @Test
  void theUnexpectedIsOneLineAndOneHint() throws IOException {
    String hint = "(--stacktrace shows where)\n";
    RuntimeException wrapped =
        new IllegalStateException("outer", new IOException("disk full\nsecond line"));
    assertThat(failing(wrapped))
        .isEqualTo(new Ran(1, "", "Cannot run fuse: java.io.IOException: disk full\n" + hint));
    assertThat(failing(new IllegalStateException("Cannot open x: y")))
        .isEqualTo(new Ran(1, "", "Cannot run fuse: Cannot open x: y\n" + hint));
    assertThat(failing(new UnsatisfiedLinkError("no jnind4jcpu")))
        .isEqualTo(
            new Ran(
                1, "", "Cannot run fuse: java.lang.UnsatisfiedLinkError: no jnind4jcpu\n" + hint));
    assertThat(failing(new RuntimeException("wrap", new Refused(List.of("a")))))
        .isEqualTo(new Ran(2, "", "a\n"));
    assertThat(failing(new IllegalStateException(new SparkException("x", refusedByTask()))).code())
        .isEqualTo(1);
  }

  private static Refused refusedByTask() {
    return new Refused(List.of("Cannot read weights: no such file"));
  }

  @Test
  void stacktraceShowsWhere() throws IOException {
    Ran ran = failing(new IllegalStateException("x"), "--stacktrace");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .contains("at tributary.cli.MainTest")
        .endsWith("Cannot run fuse: java.lang.IllegalStateException: x\n");
  }

  @Test
  void syntheticPassesItsOptions() {
    Notes notes = new Notes(null);
    String[] least = {"data", "synthetic", "--records", "3", "--seed", "-1", "--out", "d"};
    assertThat(run(notes, least)).isEqualTo(new Ran(0, "Wrote 3 records to d\n", ""));
    List<String> all = new ArrayList<>(List.of(least));
    all.addAll(List.of("--long", "9", "--missing", "0.5", "--bad", "1"));
    run(notes, all.toArray(String[]::new));
    assertThat(notes.calls).containsExactly("3 -1 2000 0.2 0 d", "3 -1 9 0.5 1 d");
  }

  @Test
  void syntheticRefusesAllAtOnce() {
    String[] args = {
      "data",
      "synthetic",
      "--records",
      "0",
      "--seed",
      "1",
      "--out",
      "d",
      "--long",
      "0",
      "--missing",
      "2",
      "--bad",
      "1"
    };
    assertThat(run(new Notes(null), args))
        .isEqualTo(
            new Ran(
                2,
                "",
                """
                Invalid --records: 0 (a whole number >= 1)
                Invalid --long: 0 (a whole number >= 1)
                Invalid --missing: 2.0 (a number in [0, 1])
                Invalid --bad: 1 (0 to half of the records, 0)
                """));
  }

  @Test
  void showPassesItsOptions() {
    Notes notes = new Notes(null);
    assertThat(run(notes, "show", "t", "--id", "a")).isEqualTo(new Ran(0, "rows\n", ""));
    run(notes, "show", "t", "--id", "a", "--neighbours", "2", "--format", "json");
    run(notes, "show", "t");
    assertThat(notes.calls).containsExactly("parquet t a 5", "json t a 2", "parquet t null 5");
  }

  @Test
  void probePassesItsOptionsAndWritesItsFigures() throws IOException {
    Notes notes = new Notes(null);
    Path json = folder.resolve("new/probe.json");
    String[] all =
        "probe t --label k --fit u --train-on 1 --seed 3 --knn 5 --format orc".split(" ");
    List<String> args = new ArrayList<>(List.of(all));
    args.addAll(List.of("--json", json.toString()));
    Ran ran = run(notes, args.toArray(String[]::new));
    assertThat(ran).isEqualTo(new Ran(0, String.join("\n", REPORT.lines()) + "\n", ""));
    assertThat(json).hasContent(REPORT.json());
    run(notes, "probe", "t", "--label", "k");
    run(notes, "probe", "t", "--label", "k", "--split", "s");
    assertThat(notes.calls)
        .containsExactly(
            new LinearProbe.Request("orc", "t", "u", "k", null, new Division(3, 1), 5).toString(),
            new LinearProbe.Request("parquet", "t", null, "k", null, new Division(1, 0.8), 0)
                .toString(),
            new LinearProbe.Request("parquet", "t", null, "k", "s", new Division(1, 0.8), 0)
                .toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--train-on 1|Invalid --train-on: 1.0 (above 0, below 1; 1 only with --fit)",
        "--train-on 1.5 --fit u|Invalid --train-on: 1.5 (above 0, below 1; 1 only with --fit)",
        "--train-on 0|Invalid --train-on: 0.0 (above 0, below 1; 1 only with --fit)",
        "--train-on NaN|Invalid --train-on: NaN (above 0, below 1; 1 only with --fit)",
        "--train-on 0.5 --split s|Invalid --train-on: 0.5 (not with --split)",
        "--knn 0|Invalid --knn: 0 (a whole number >= 1)"
      })
  void probeRefusesWhatDoesNotFit(String options, String told) {
    String[] args = ("probe t --label k " + options).split(" ");
    assertThat(run(new Notes(null), args)).isEqualTo(new Ran(2, "", told + "\n"));
  }

  @Test
  void idxPassesItsOptions() {
    Notes notes = new Notes(null);
    String[] least = {"data", "idx", "a", "b", "--out", "d"};
    assertThat(run(notes, least)).isEqualTo(new Ran(0, "Wrote 7 records to d\n", ""));
    List<String> all = new ArrayList<>(List.of(least));
    all.addAll(List.of("--names", "x,y z", "--prefix", "p-"));
    run(notes, all.toArray(String[]::new));
    assertThat(notes.calls).containsExactly("a b []  d", "a b [x, y z] p- d");
  }

  @Test
  void showRefusesNeighboursOfNone() {
    assertThat(run(new Notes(null), "show", "t", "--neighbours", "2"))
        .isEqualTo(new Ran(2, "", "Invalid --neighbours: 2 (only with --id)\n"));
    assertThat(run(new Notes(null), "show", "t", "--id", "a", "--neighbours", "0"))
        .isEqualTo(new Ran(2, "", "Invalid --neighbours: 0 (a whole number >= 1)\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|Missing command|tributary",
        "data|Missing command of data|tributary data",
        "model|Missing command of model|tributary model",
        "fuse|Missing required parameter: 'JOB.yaml'|tributary fuse",
        "fuse a b|Unmatched argument at index 2: 'b'|tributary fuse",
        "check a --sett x=y|Unknown options: '--sett', 'x=y'|tributary check",
        "fues a|Unmatched arguments from index 0: 'fues', 'a'|tributary",
        "show t --neighbours x|Invalid value for option '--neighbours': 'x' is not an int|tributary show",
        "model init c --out d|Missing required option: '--seed=S'|tributary model init",
        "parity|Missing required parameter: 'DIR'|tributary parity",
      })
  void whatIsNoCommandIsRefusedWithAHint(String args, String message, String command) {
    String[] words = args == null ? new String[0] : args.split(" ");
    Ran ran = run(new Notes(null), words);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).startsWith(message + "\n").endsWith("Try '" + command + " --help'\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|fuse check data show model parity --version --help",
        "fuse|JOB.yaml --set --stacktrace --help",
        "check|JOB.yaml --set --stacktrace --help",
        "data|synthetic idx --help",
        "data synthetic|--records --seed --out --long --missing --bad --help",
        "show|TABLE --format --id --neighbours --help",
        "data idx|IMAGES LABELS --names --prefix --out --help",
        "model|init --help",
        "model init|CONFIG --seed --out --help",
        "parity|DIR --json --help",
      })
  void helpTellsEveryOptionAndAnExample(String command, String words) {
    String args = command == null ? "--help" : command + " --help";
    Ran ran = run(new Notes(null), args.split(" "));
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out()).contains(words.split(" "));
    assertThat(ran.out()).contains("Example:\n  tributary ");
  }

  /** This build has no CUDA backend: there is nothing to say of it. */
  @Test
  void parityRunsTheCasesOfAFolder(@TempDir Path cases) throws IOException {
    Path golden = Path.of("src/test/resources/golden/cross_attention.safetensors");
    Files.copy(golden, cases.resolve(golden.getFileName()));
    Ran ran = run(new Notes(null), "parity", cases.toString());
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out().lines())
        .hasSize(4)
        .endsWith(
            "gradients: 2 ok, 0 failed, 0 unsupported, 0 not in the case",
            "2 ok, 0 failed, 0 unsupported (java, cpu)");
  }

  @Test
  void versionTellsWhatItRunsOn() {
    Ran ran = run(new Notes(null), "--version");
    assertThat(ran.code()).isZero();
    assertThat(ran.out().lines().map(l -> l.substring(0, l.indexOf(' '))))
        .containsExactly("tributary", "java", "spark", "scala", "nd4j", "device");
  }
}
