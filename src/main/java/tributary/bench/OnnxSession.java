package tributary.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One ONNX graph with one output in ONNX Runtime, all graph optimisations on. JVM-wide; may be run
 * by many threads.
 */
public final class OnnxSession implements AutoCloseable {
  private final OrtSession session;

  /**
   * An input.
   *
   * @param values float[] or long[]
   */
  public record Input(Object values, long... shape) {}

  /**
   * @param threads of one call
   */
  public OnnxSession(Path file, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = OrtEnvironment.getEnvironment().createSession(file.toString(), options);
    } catch (OrtException e) {
      throw new IllegalStateException("Cannot load " + file + ": " + e.getMessage(), e);
    }
  }

  public static String version() {
    return "ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion();
  }

  /** Runs the graph; the values of its output. */
  public float[] run(Map<String, Input> inputs) {
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Input> e : inputs.entrySet()) {
        tensors.put(e.getKey(), tensor(e.getValue()));
      }
      try (OrtSession.Result result = session.run(tensors)) {
        FloatBuffer y = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[y.remaining()];
        y.get(values);
        return values;
      }
    } catch (OrtException e) {
      throw new IllegalStateException("Cannot run graph: " + e.getMessage(), e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(Input input) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    return input.values() instanceof long[] ids
        ? OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), input.shape())
        : OnnxTensor.createTensor(
            environment, FloatBuffer.wrap((float[]) input.values()), input.shape());
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("Cannot close graph: " + e.getMessage(), e);
    }
  }
}
