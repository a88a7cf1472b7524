package tributary.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import tributary.base.Reason;
import tributary.model.Model;
import tributary.model.ModelFiles;

/** The weights' way to the executors: a file that Spark sends to each once. On the driver. */
final class ModelShipment {
  private ModelShipment() {}

  /**
   * Gives the name under SparkFiles; a model that went out before in this application is not sent
   * again.
   */
  static String add(SparkSession spark, Model model) {
    String name = "tributary-" + model.hash() + ".safetensors";
    boolean there = spark.sparkContext().listFiles().exists(f -> f.endsWith(name));
    if (!there) {
      try {
        Path folder = Files.createTempDirectory("tributary-model");
        folder.toFile().deleteOnExit();
        Path file = folder.resolve(name);
        ModelFiles.saveWeights(model, file);
        file.toFile().deleteOnExit();
        spark.sparkContext().addFile(file.toUri().toString());
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot ship the model: " + reason(e), e);
      }
    }
    return name;
  }

  /** Spark's local folder may be full: its path is long, and is not what went wrong. */
  private static String reason(IOException e) {
    return e instanceof FileSystemException ? Reason.of(e) : String.valueOf(e.getMessage());
  }
}
