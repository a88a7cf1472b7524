package tributary.tensor.nd4j;

import java.util.List;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;

/** The backends that every test of a layer or encoder runs on. */
public final class TestBackends {
  private TestBackends() {}

  public static List<Backend> all() {
    return List.of(new JavaBackend(), new Nd4jBackend());
  }

  /** Whole arrays on ND4J's CPU as if a device had this much free memory, shared by tasks. */
  public static Backend arrays(long free, int tasks) {
    return new ArrayBackend(0, tasks, free);
  }
}
