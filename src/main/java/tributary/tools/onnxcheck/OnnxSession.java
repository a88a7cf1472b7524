package tributary.tools.onnxcheck;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One ONNX graph in ONNX Runtime, all graph optimisations on. JVM-wide; may be run by many threads.
 */
public final class OnnxSession implements AutoCloseable {
  private final OrtSession session;

  /**
   * An input.
   *
   * @param values float[], long[] or boolean[]
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

  /** Runs the graph; the values of its first output. */
  public float[] run(Map<String, Input> inputs) {
    return runAll(inputs).values().iterator().next();
  }

  /** Runs the graph; the values of its outputs by name, in their order. */
  public Map<String, float[]> runAll(Map<String, Input> inputs) {
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Input> e : inputs.entrySet()) {
        tensors.put(e.getKey(), tensor(e.getValue()));
      }
      Map<String, float[]> outputs = new LinkedHashMap<>();
      try (OrtSession.Result result = session.run(tensors)) {
        for (Map.Entry<String, OnnxValue> e : result) {
          FloatBuffer y = ((OnnxTensor) e.getValue()).getFloatBuffer();
          float[] values = new float[y.remaining()];
          y.get(values);
          outputs.put(e.getKey(), values);
        }
      }
      return outputs;
    } catch (OrtException e) {
      throw new IllegalStateException("Cannot run graph: " + e.getMessage(), e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(Input input) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    if (input.values() instanceof long[] ids) {
      return OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), input.shape());
    }
    if (input.values() instanceof boolean[] flags) {
      ByteBuffer bytes = ByteBuffer.allocate(flags.length);
      for (boolean f : flags) {
        bytes.put((byte) (f ? 1 : 0));
      }
      return OnnxTensor.createTensor(environment, bytes.flip(), input.shape(), OnnxJavaType.BOOL);
    }
    return OnnxTensor.createTensor(
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
