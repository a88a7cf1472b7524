package tributary.tools.onnxcheck;

import java.util.List;
import tributary.config.Problems.Refused;

/** Whether ONNX Runtime is here. Refers to none of its classes, so that it can say so if not. */
public final class Peer {
  private Peer() {}

  /** Refuses, saying what for, where ONNX Runtime is missing. */
  public static void require(String what) {
    try {
      Class.forName("ai.onnxruntime.OrtEnvironment", false, Peer.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new Refused(
          List.of(
              "Cannot "
                  + what
                  + ": ONNX Runtime is not on the class path (jobs/tributary takes it from"
                  + " target/bench/jars, which mvn package fills)"));
    }
  }
}
