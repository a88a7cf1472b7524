package tributary.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfigs.Loaded;
import tributary.learn.probe.ProbeReport;
import tributary.learn.probe.Scores;
import tributary.spark.FuseJob;
import tributary.spark.IdxTable;
import tributary.spark.OneRecord;
import tributary.spark.Preflight;
import tributary.spark.RunHistory;
import tributary.spark.ShowTable;
import tributary.spark.SyntheticTable;
import tributary.spark.Verification;
import tributary.spark.Versions;
import tributary.spark.learn.LinearProbe;
import tributary.spark.learn.PretrainJob;
import tributary.spark.publish.Journal;
import tributary.write.RunManifest;

/** The commands on the session that spark-submit or the launcher has set up. */
final class SparkJobs implements SparkCommands {
  private static final String LINEAGE_PATHS = "spark.openlineage.dataset.removePath.pattern";

  @Override
  public List<String> fuse(Loaded job) {
    Versions.check();
    Preflight.ahead(job.config());
    return with(
        "fuse",
        s -> {
          long start = System.nanoTime();
          RunManifest manifest = FuseJob.run(job.config(), job.fusing(), s);
          return Reports.fused(manifest, job.config(), (System.nanoTime() - start) / 1e9);
        });
  }

  @Override
  public void pretrain(Loaded job, PrintStream out) {
    PretrainJob.Learnt learnt =
        with("pretrain", spark -> PretrainJob.run(job, spark, out::println));
    out.printf(
        Locale.ROOT,
        "model       %s, %,d parameters, hash %s%n",
        learnt.model(),
        learnt.parameters(),
        learnt.hash());
    RunManifest.Counts counts = learnt.counts();
    out.printf(
        Locale.ROOT,
        "records     %,d in = %,d to learn from + %,d held out + %,d quarantined %s%n",
        counts.in(),
        learnt.records(),
        counts.out() - learnt.records(),
        counts.quarantined(),
        counts.reasons().isEmpty() ? "" : counts.reasons());
    out.printf(
        Locale.ROOT,
        "learnt      %,d steps over %,d records in %.0f s%s%n",
        learnt.steps(),
        learnt.records(),
        learnt.seconds(),
        learnt.from() > 0 ? ", from step " + learnt.from() + " on" : "");
    Scores heldOut = learnt.heldOut();
    if (heldOut == null && job.learn().objectives().classification() > 0) {
      out.println(job.learn().label() + " held out: no record with a label, so nothing was tried");
    } else if (heldOut != null) {
      out.printf(
          Locale.ROOT,
          "%s held out: %s, %,d records%n",
          job.learn().label(),
          heldOut.told(),
          heldOut.tested());
    }
    out.println("checkpoints " + job.learn().checkpoints().path());
  }

  @Override
  public void check(Loaded job, PrintStream out) {
    Versions.check();
    Preflight.ahead(job.config());
    Preflight preflight = with("check", spark -> Preflight.check(job.config(), spark));
    Reports.checked(preflight, job).forEach(out::println);
    preflight.refuse();
  }

  @Override
  public String explain(Loaded job, String id, String file) {
    return with("explain", spark -> OneRecord.explain(job.config(), spark, id, file));
  }

  @Override
  public void synthetic(
      long records, long seed, int longest, double missing, int bad, String folder) {
    with(
        "data synthetic",
        spark -> {
          SyntheticTable.write(spark, records, seed, longest, missing, bad, folder);
          return folder;
        });
  }

  @Override
  public void show(
      String format, String table, @Nullable String id, int neighbours, PrintStream out) {
    with(
        "show",
        spark -> {
          new ShowTable(spark, out).show(format, table, id, neighbours);
          return table;
        });
  }

  @Override
  public boolean verify(String output, int sample, List<String> sets, PrintStream out) {
    RunHistory history = RunHistory.of(output);
    Verification.Found found =
        with("verify", spark -> Verification.verify(spark, history, sample, sets));
    found.lines().forEach(out::println);
    return found.right();
  }

  @Override
  public ProbeReport probe(LinearProbe.Request request) {
    return with("probe", spark -> new LinearProbe(spark).run(request));
  }

  @Override
  public int idx(Path images, Path labels, List<String> names, String prefix, String folder) {
    // Read before there is a session: a file that is refused costs no start of Spark.
    IdxTable table = IdxTable.read(images, labels, names, prefix);
    return with("data idx", spark -> table.write(spark, folder));
  }

  /** The user's (--name), else the command's: conf/spark-defaults.conf gives the first word. */
  private static String name(String command) {
    String given = new SparkConf().get("spark.app.name", "");
    return given.isEmpty() || given.equals("tributary") ? "tributary " + command : given;
  }

  private static <T> T with(String command, Function<SparkSession, T> work) {
    Versions.check();
    // Spark 4 gives tasks only the files of their session, and SparkFiles, which the model comes
    // by, only knows the application's: with isolation no other JVM would find it.
    // The classic session by its name: SparkSession.builder() finds it by Scala's reflection, a
    // second of processor time.
    SparkSession spark =
        org.apache.spark.sql.classic.SparkSession.builder()
            .appName(name(command))
            .config("spark.sql.artifact.isolation.enabled", false)
            // What OpenLineage's listener, where there is one, takes out of the paths of tables.
            .config(LINEAGE_PATHS, new SparkConf().get(LINEAGE_PATHS, Journal.STAGED))
            .getOrCreate();
    try {
      return work.apply(spark);
    } finally {
      spark.stop();
    }
  }
}
