package tributary.cli;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tributary.config.JobConfig;
import tributary.config.JobConfigs.Loaded;
import tributary.config.LearnConfig;
import tributary.spark.Preflight;
import tributary.write.RunManifest;

/** What `check` and `fuse` print, a line each. On the driver. */
final class Reports {
  private Reports() {}

  /** What preflight found, what the job says of learning, and last whether it may run. */
  static List<String> checked(Preflight preflight, Loaded job) {
    List<String> lines = new ArrayList<>(preflight.report());
    if (job.learns()) {
      lines.add("learn        " + learning(job.learn()));
    }
    preflight.warnings().forEach(w -> lines.add("warning      " + w));
    lines.add("verdict      " + verdict(preflight));
    return lines;
  }

  /** The section that pretrain and finetune read, in a line. */
  private static String learning(LearnConfig learn) {
    LearnConfig.Objectives o = learn.objectives();
    Map<String, Double> weights = new LinkedHashMap<>();
    weights.put("masked", o.masked());
    weights.put("fused-contrastive", o.fusedContrastive());
    weights.put("modalities-contrastive", o.modalitiesContrastive());
    weights.put("classification", o.classification());
    weights.values().removeIf(w -> w == 0);
    return String.format(
        Locale.ROOT,
        "objectives %s, %s, batch %,d, %s at %s; for pretrain and finetune, fuse reads none of it",
        weights.keySet(),
        learn.steps() > 0
            ? learn.steps() + " steps"
            : new BigDecimal("" + learn.epochs()).stripTrailingZeros().toPlainString() + " epochs",
        learn.batch(),
        learn.optimiser().name(),
        learn.optimiser().rate());
  }

  private static String verdict(Preflight preflight) {
    int wrong = preflight.problems().size();
    if (wrong > 0) {
      return "refused: " + (wrong == 1 ? "1 thing is wrong" : wrong + " things are wrong");
    }
    return preflight.warnings().isEmpty()
        ? "ready: nothing is wrong"
        : "ready, but see the warnings above";
  }

  /**
   * What a run did.
   *
   * @param seconds that it took
   */
  static List<String> fused(RunManifest m, JobConfig job, double seconds) {
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
    RunManifest.Roots roots = m.roots();
    if (roots != null) {
      lines.add(
          "roots       %,d modalities were taken as an earlier run left them, %,d are kept anew"
              .formatted(roots.used(), roots.kept()));
    }
    lines.add("output      " + job.output().path());
    lines.add("quarantine  " + job.quarantine().path());
    lines.add("manifest    " + job.manifest());
    m.warnings().forEach(w -> lines.add("warning     " + w));
    lines.add("time        " + time(m, seconds));
    return lines;
  }

  /** What a run took, by step, and its rates. */
  private static String time(RunManifest m, double seconds) {
    String steps =
        m.seconds().entrySet().stream()
            .filter(s -> !s.getKey().startsWith("task."))
            .map(s -> String.format(Locale.ROOT, "%s %.1f", s.getKey(), s.getValue()))
            .collect(Collectors.joining(", "));
    long tokens = m.tokens().values().stream().mapToLong(n -> n).sum();
    return String.format(
        Locale.ROOT,
        "%.1f s (%s); %,.0f records/s, %,.0f tokens/s",
        seconds,
        steps,
        m.counts().in() / seconds,
        tokens / seconds);
  }
}
