package tributary.spark.learn;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.config.JobConfig;
import tributary.config.LearnConfig;
import tributary.config.Problems.Refused;
import tributary.learn.Learnable;
import tributary.tensor.Precision;

/** What a pretrain job is refused for before anything is learnt. On the driver. */
final class PretrainChecks {
  private static final Pattern URL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/");

  private PretrainChecks() {}

  /**
   * Gradients there are on the CPU alone, in float32; and nobody is to learn for hours whose
   * manifest has no place.
   */
  static void refuseSettings(JobConfig config, LearnConfig learn) {
    List<String> problems = new ArrayList<>();
    if (config.kernels().equals("cuda")) {
      problems.add(Invalid.text("kernels", "cuda", "cpu or java to learn; auto is cpu"));
    }
    if (config.precision() != Precision.FLOAT32) {
      problems.add(Invalid.text("precision", config.precision(), "float32 to learn"));
    }
    if (!writable(Path.of(config.manifest()).toAbsolutePath())) {
      problems.add(
          Invalid.text("manifest", config.manifest(), "a file, in a folder that can be written"));
    }
    String output = config.output().path();
    if (config.output().isNamed()) {
      refuse(List.of(Invalid.text("output.table", output, "output.path: a model's folder")));
    }
    String checkpoints = learn.checkpoints().path();
    problems.addAll(place("output.path", output, Path.of(output).toAbsolutePath().getParent()));
    problems.addAll(place("learn.checkpoints.path", checkpoints, Path.of(checkpoints)));
    refuse(problems);
  }

  /**
   * A folder of this machine's file systems, which is there or can be made.
   *
   * @param written where something is written
   */
  private static List<String> place(String key, String path, @Nullable Path written) {
    if (URL.matcher(path).lookingAt()) {
      String rule = "a folder of a file system that all executors have mounted; a URL is none";
      return List.of(Invalid.text(key, path, rule));
    }
    boolean file = Files.exists(Path.of(path)) && !Files.isDirectory(Path.of(path));
    if (file || written == null || !writable(written.toAbsolutePath().resolve("any"))) {
      return List.of(Invalid.text(key, path, "a folder that can be written or made"));
    }
    return List.of();
  }

  private static boolean writable(Path file) {
    Path folder = file.getParent();
    while (folder != null && Files.notExists(folder)) {
      folder = folder.getParent();
    }
    return folder != null
        && Files.isDirectory(folder)
        && Files.isWritable(folder)
        && !Files.isDirectory(file);
  }

  /** What every task would refuse, and more tasks than there is room for. */
  static void refuseUnlearnable(
      Learnable learnable,
      Set<String> modalities,
      LearnConfig learn,
      SparkContext context,
      int tasks) {
    List<String> problems =
        new ArrayList<>(
            LearningChecks.problems(context.getConf(), context.defaultParallelism(), tasks));
    problems.addAll(learnable.problems(learn.objectives().masked(), learn.tokensPerRecord()));
    for (String name : learn.dropout().named().keySet()) {
      if (!modalities.contains(name)) {
        problems.add(Invalid.text("learn.dropout.named", name, "one of the model's " + modalities));
      }
    }
    refuse(problems);
  }

  /** Contrast tells a batch's records apart. */
  static void refuseContrastOfOne(LearnConfig learn, TrainingTable table) {
    boolean contrasts =
        learn.objectives().fusedContrastive() > 0 || learn.objectives().modalitiesContrastive() > 0;
    if (contrasts && learn.batch() < 2) {
      refuse(
          List.of(
              "Invalid learn.batch: "
                  + learn.batch()
                  + " (at least 2 for contrast, which tells records apart; the table has "
                  + table.records()
                  + ")"));
    }
  }

  private static void refuse(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new Refused(problems);
    }
  }
}
