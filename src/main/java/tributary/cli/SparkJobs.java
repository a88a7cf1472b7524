package tributary.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfigs.Loaded;
import tributary.spark.FuseJob;
import tributary.spark.Preflight;
import tributary.spark.ShowTable;
import tributary.spark.SyntheticTable;
import tributary.write.RunManifest;

/** The commands on the session that spark-submit or the launcher has set up. */
final class SparkJobs implements SparkCommands {
  @Override
  public List<String> fuse(Loaded job) {
    try (SparkSession spark = session("fuse")) {
      return summary(FuseJob.run(job.config(), job.effective(), spark), job);
    }
  }

  private static List<String> summary(RunManifest m, Loaded job) {
    RunManifest.Counts counts = m.counts();
    List<String> lines = new ArrayList<>();
    lines.add(
        "records     %,d in = %,d out + %,d unchanged + %,d quarantined %s"
            .formatted(
                counts.in(),
                counts.out(),
                counts.unchanged(),
                counts.quarantined(),
                counts.reasons().isEmpty() ? "" : counts.reasons()));
    lines.add("tokens      " + m.tokens());
    lines.add("device      " + m.device());
    lines.add("output      " + job.config().output().path());
    lines.add("quarantine  " + job.config().quarantine().path());
    lines.add("manifest    " + job.config().manifest());
    m.warnings().forEach(w -> lines.add("warning     " + w));
    return lines;
  }

  @Override
  public void check(Loaded job, PrintStream out) {
    try (SparkSession spark = session("check")) {
      Preflight preflight = Preflight.check(job.config(), spark);
      preflight.report().forEach(out::println);
      preflight.refuse();
    }
  }

  @Override
  public void synthetic(
      long records, long seed, int longest, double missing, int bad, String folder) {
    try (SparkSession spark = session("data synthetic")) {
      SyntheticTable.write(spark, records, seed, longest, missing, bad, folder);
    }
  }

  @Override
  public void show(
      String format, String table, @Nullable String id, int neighbours, PrintStream out) {
    try (SparkSession spark = session("show")) {
      new ShowTable(spark, out).show(format, table, id, neighbours);
    }
  }

  private static SparkSession session(String command) {
    return SparkSession.builder().appName("tributary " + command).getOrCreate();
  }
}
