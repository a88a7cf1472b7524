package tributary.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import tributary.base.Invalid;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.models.ModelConfigs;
import tributary.models.Models;

/**
 * A job's model: a directory on any file system that Hadoop knows, or random weights. On the
 * driver.
 */
public final class ModelSources {
  private ModelSources() {}

  /** Opens it. */
  public static Model open(SparkSession spark, JobConfig.ModelSource source) {
    String path = source.path();
    if (path != null) {
      return Models.load(local(spark, path));
    }
    String init = source.init();
    if (init == null) {
      throw new Problems.Refused(
          List.of(Invalid.text("model", "none", "model.path or model.init")));
    }
    return Initialization.random(ModelConfigs.read(init), source.seed());
  }

  /** The directory itself where it is local, else a local copy. */
  private static java.nio.file.Path local(SparkSession spark, String path) {
    try {
      Path remote = new Path(path);
      FileSystem fs = FileSystems.of(remote, spark.sparkContext().hadoopConfiguration());
      Optional<java.nio.file.Path> there = FileSystems.local(fs, remote);
      if (there.isPresent()) {
        return there.get();
      }
      java.nio.file.Path copy = Files.createTempDirectory("tributary-model");
      for (String name : List.of(ModelFiles.CONFIG, ModelFiles.WEIGHTS)) {
        fs.copyToLocalFile(new Path(remote, name), new Path(copy.resolve(name).toUri()));
      }
      return copy;
    } catch (IOException | IllegalArgumentException e) {
      throw new Problems.Refused(List.of("Cannot load model " + path + ": " + e.getMessage()));
    }
  }
}
