package tributary.spark.sql;

import java.util.Arrays;

/** One embedding of a table: an array of numbers, checked. Runs in tasks. */
public final class EmbeddingCell {
  private EmbeddingCell() {}

  /**
   * As floats.
   *
   * @param verb what can't be done with an embedding that is refused
   * @param id whose it is, empty where that isn't known
   */
  public static float[] floats(Double[] embedding, int width, String verb, String id) {
    if (embedding.length != width) {
      throw refused(verb, id, embedding.length + " numbers (expected " + width + ")");
    }
    float[] x = new float[width];
    for (int i = 0; i < width; i++) {
      Double number = embedding[i];
      if (number == null || !Float.isFinite(number.floatValue())) {
        throw refused(verb, id, "number " + i + " is " + number + " (a finite float)");
      }
      x[i] = number.floatValue();
    }
    return x;
  }

  /** As a row holds it. */
  static Float[] boxed(float[] x) {
    Float[] boxed = new Float[x.length];
    Arrays.setAll(boxed, i -> x[i]);
    return boxed;
  }

  private static IllegalArgumentException refused(String verb, String id, String reason) {
    return new IllegalArgumentException(
        "Cannot " + verb + " embedding" + (id.isEmpty() ? "" : " of " + id) + ": " + reason);
  }
}
