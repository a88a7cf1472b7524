package tributary.spark;

import tributary.model.Model;
import tributary.tensor.Precision;
import tributary.tensor.nd4j.Kernels;

/**
 * What a preflight had to open, for the job that follows: there is one only where nothing is wrong,
 * and nothing in it is opened again. On the driver, not sent to executors.
 *
 * @param device what will compute
 * @param frame the input as tasks read it
 */
record Prepared(Model model, Device device, InputFrame frame) {
  /**
   * What will compute.
   *
   * @param kernels resolved: cpu, cuda or java; a task adds the GPU that it was given
   * @param why auto took it, from a comma on; empty where it was asked for
   * @param description with versions and device
   */
  record Device(Kernels kernels, String why, String description) {
    /** One line, for reports and the manifest. */
    String line() {
      return kernels.name() + ": " + description;
    }
  }

  /** Resolved: cpu, cuda or java. */
  Kernels kernels() {
    return device.kernels();
  }

  /** What a row's embedding is made with: the model's hash, and the precision if not float32. */
  String modelHash() {
    Precision precision = kernels().precision();
    return precision == Precision.FLOAT32 ? model.hash() : model.hash() + "-" + precision;
  }

  /** What else it depends on besides the record's content. */
  String recipeHash() {
    return RecipeHash.of(model.config(), kernels(), frame.columns());
  }
}
