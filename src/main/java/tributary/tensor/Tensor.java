package tributary.tensor;

/**
 * Values of one shape in a backend's memory; valid while the scope (or, for a constant, the
 * backend) that made it is open.
 */
public interface Tensor {
  Shape shape();
}
