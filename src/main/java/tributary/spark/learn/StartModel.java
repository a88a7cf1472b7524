package tributary.spark.learn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;
import tributary.config.LearnConfig;
import tributary.config.Problems.Refused;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.model.Positions;
import tributary.model.Weight;
import tributary.models.Models;
import tributary.spark.ModelSources;

/** The model before the first step, and where all tasks find it. On the driver. */
final class StartModel {
  /** Its folder among the checkpoints. */
  private static final String FOLDER = "start";

  private StartModel() {}

  /** That of the job, with position codes of another one where that is asked. */
  static Model of(JobConfig config, LearnConfig learn, SparkSession spark) {
    Model model = ModelSources.open(spark, config.model());
    String from = learn.positionsFrom();
    if (from == null) {
      return model;
    }
    Map<String, Weight> weights = new LinkedHashMap<>(model.weights());
    weights.putAll(Positions.transfer(Models.load(Path.of(from)), model.config()));
    return ModelFiles.model(model.config(), weights, model.origin() + ", positions of " + from);
  }

  /**
   * Puts it among the checkpoints, once.
   *
   * @param checkpoints their folder, which this run holds
   */
  static Path stored(Model model, Path checkpoints) throws IOException {
    Path start = checkpoints.resolve(FOLDER);
    if (Files.exists(start.resolve(ModelFiles.CONFIG))) {
      if (Models.load(start).hash().equals(model.hash())) {
        return start;
      }
      ModelFolder.delete(start); // of another run, which had no checkpoint yet
    }
    Path part = ModelFolder.fresh(checkpoints.resolve(ModelFolder.START));
    ModelFiles.save(model, part);
    if (Files.exists(start)) {
      throw new Refused(List.of("Cannot use folder " + start + ": it has no model"));
    }
    return Files.move(part, start, StandardCopyOption.ATOMIC_MOVE);
  }
}
