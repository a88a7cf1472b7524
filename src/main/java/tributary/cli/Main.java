package tributary.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.SparkUserAppException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tributary.spark.Versions;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.tensor.nd4j.VectorModule;

/** The command line: arguments to configuration to run to exit code. On the driver. */
@Command(
    name = "tributary",
    description = "Fuses multimodal records of any length into embeddings, as a Spark job.",
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeList = {
      Shared.DONE,
      Shared.FAILED,
      Shared.REFUSED,
      Main.OVER_BUDGET + ":error budget exceeded (fuse)",
      Shared.OUT_OF_MEMORY
    },
    footer = {"", "Example:", "  tributary fuse jobs/demo.yaml"})
public final class Main implements Callable<Integer> {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int REFUSED = 2;
  static final int OVER_BUDGET = 3;

  /** Spark's own (SparkExitCode.OOM): it may end this process before the command does. */
  static final int OUT_OF_MEMORY = 52;

  /** Bytes of the reason that YARN's report holds. */
  private static final int REMEMBERED = 4096;

  @Spec CommandSpec spec;
  @Mixin Shared shared;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the versions of Tributary and what it runs on, and exit.")
  boolean version;

  private Main() {}

  /**
   * Runs a command, and ends as whoever runs the driver has it.
   *
   * @throws SparkUserAppException with the exit code, to SparkSubmit
   */
  public static void main(String[] args) throws SparkUserAppException {
    Logs.join();
    VectorModule.load();
    Told told = new Told(System.err, REMEMBERED);
    PrintStream err = new PrintStream(told, true, StandardCharsets.UTF_8);
    int code = run(System.out, err, new SparkJobs(), args);
    Ending.here().end(code, told.text());
  }

  /** Runs a command; its exit code. */
  static int run(PrintStream out, PrintStream err, SparkCommands spark, String... args) {
    return line(out, err, spark).execute(args);
  }

  /** All commands, as they are run. */
  static CommandLine line(PrintStream out, PrintStream err, SparkCommands spark) {
    CommandLine data = new CommandLine(new DataGroup());
    data.addSubcommand(new SyntheticCommand(spark, out));
    data.addSubcommand(new IdxCommand(spark, out));
    CommandLine model = new CommandLine(new ModelGroup());
    model.addSubcommand(new ModelInitCommand(out));
    model.addSubcommand(new ModelImportCommand(out));
    model.addSubcommand(new ModelShowCommand(out));
    model.addSubcommand(new ModelExportCommand(out));
    CommandLine line =
        new CommandLine(new Main())
            .addSubcommand(new FuseCommand(spark, out))
            .addSubcommand(new PretrainCommand(spark, out))
            .addSubcommand(new FinetuneCommand(spark, out))
            .addSubcommand(new CheckCommand(spark, out))
            .addSubcommand(new ShowCommand(spark, out))
            .addSubcommand(new ExplainCommand(spark, out))
            .addSubcommand(new ProbeCommand(spark, out))
            .addSubcommand(data)
            .addSubcommand(model)
            .addSubcommand(new ParityCommand(out))
            .addSubcommand(new BenchCommand(out));
    return line.setOut(writer(out))
        .setErr(writer(err))
        .setUsageHelpWidth(100)
        .setExecutionStrategy(Failures::execute)
        .setParameterExceptionHandler(Failures::usage)
        .setExecutionExceptionHandler(Failures::failure);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** data: commands that make records. */
  @Command(
      name = "data",
      description = "Make records by seed, or of files that Spark does not read.",
      synopsisSubcommandLabel = "COMMAND",
      footer = {"", "Example:", "  tributary data synthetic --help"})
  static final class DataGroup implements Callable<Integer> {
    @Spec CommandSpec spec;
    @Mixin Shared shared;

    @Override
    public Integer call() {
      throw new ParameterException(spec.commandLine(), "Missing command of data");
    }
  }

  /** model: commands that make models and show them. */
  @Command(
      name = "model",
      description = "Make models, import, show and export them.",
      synopsisSubcommandLabel = "COMMAND",
      footer = {"", "Example:", "  tributary model init --help"})
  static final class ModelGroup implements Callable<Integer> {
    @Spec CommandSpec spec;
    @Mixin Shared shared;

    @Override
    public Integer call() {
      throw new ParameterException(spec.commandLine(), "Missing command of model");
    }
  }

  /** One line per version, and the device that `kernels: auto` would take. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      Map<String, String> versions = Versions.all();
      String[] lines = new String[versions.size() + 1];
      int i = 0;
      for (Map.Entry<String, String> v : versions.entrySet()) {
        lines[i++] = "%-9s %s".formatted(v.getKey(), v.getValue());
      }
      lines[i] = "%-9s %s".formatted("device", Backends.open(Kernels.of("auto")).describe());
      return lines;
    }
  }
}
