package tributary.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tributary.base.Invalid;
import tributary.config.Problems;
import tributary.model.Weight;
import tributary.model.WeightTable;

/**
 * Where each weight of a model is in one flat vector [P]: by name in ascending order, without gaps,
 * each in its own order (row-major). Gradients, moments and averages have this layout, too.
 * Immutable; lives wherever weights are learned.
 */
public final class Parameters {
  private final List<Tensor> tensors;
  private final int size;
  private final Map<String, Integer> offsets = new LinkedHashMap<>();

  /**
   * One weight: values [offset, offset + size) of the vector.
   *
   * @param decays whether weight decay pulls it to zero ({@link Parameters#decays})
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Tensor(String name, long[] shape, int offset, int size, boolean decays) {
    /** Index behind its last value. */
    public int end() {
      return offset + size;
    }
  }

  private Parameters(Map<String, long[]> shapes) {
    List<Tensor> found = new ArrayList<>();
    long offset = 0;
    for (Map.Entry<String, long[]> e : new TreeMap<>(shapes).entrySet()) {
      long count = WeightTable.size(e.getValue());
      if (offset + count > Integer.MAX_VALUE - 8) {
        throw Invalid.argument("parameters", offset + count, "less than 2^31 values");
      }
      boolean decays = decays(e.getKey(), e.getValue());
      offsets.put(e.getKey(), (int) offset);
      found.add(new Tensor(e.getKey(), e.getValue().clone(), (int) offset, (int) count, decays));
      offset += count;
    }
    this.tensors = Collections.unmodifiableList(found);
    this.size = (int) offset;
  }

  /** The layout of weights of these shapes, by name. */
  public static Parameters of(Map<String, long[]> shapes) {
    return new Parameters(shapes);
  }

  /** The layout of these weights. */
  public static Parameters ofWeights(Map<String, Weight> weights) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    weights.forEach((name, w) -> shapes.put(name, w.shape()));
    return new Parameters(shapes);
  }

  /**
   * Whether weight decay applies: to matrices of linear layers, `NAME.weight` [outputs, inputs],
   * and to nothing else. Biases and norms have one axis; latents, position tables, slots, modality
   * codes, embedding tables and persistent memories are values, not maps, and zero is no better
   * place for them than any other.
   */
  public static boolean decays(String name, long[] shape) {
    return shape.length == 2 && name.endsWith(".weight") && !name.endsWith("_embeddings.weight");
  }

  /** P, the length of the vector. */
  public int size() {
    return size;
  }

  /** Where a weight begins in the vector; -1 where it isn't in it. */
  public int offset(String name) {
    return offsets.getOrDefault(name, -1);
  }

  /** Every weight, in the vector's order. */
  public List<Tensor> tensors() {
    return tensors;
  }

  /** The vector [P] of these weights, which have to be those of the layout. */
  public float[] pack(Map<String, Weight> weights) {
    check(weights);
    float[] flat = new float[size];
    for (Tensor t : tensors) {
      Weight w = weights.get(t.name);
      if (w != null) {
        System.arraycopy(w.values(), 0, flat, t.offset, t.size);
      }
    }
    return flat;
  }

  /** Copies of the vector's parts, by name in the vector's order. */
  public Map<String, Weight> unpack(float[] flat) {
    if (flat.length != size) {
      throw Invalid.argument("vector", flat.length + " values", "parameters: " + size);
    }
    Map<String, Weight> weights = new LinkedHashMap<>();
    for (Tensor t : tensors) {
      float[] values = Arrays.copyOfRange(flat, t.offset, t.end());
      weights.put(t.name, new Weight(t.shape.clone(), values));
    }
    return weights;
  }

  /** Refuses what is missing, of another shape, or not of the layout; all of it is listed. */
  private void check(Map<String, Weight> weights) {
    Problems problems = new Problems();
    Map<String, Weight> unknown = new TreeMap<>(weights);
    for (Tensor t : tensors) {
      Weight w = unknown.remove(t.name);
      String expected = Arrays.toString(t.shape);
      if (w == null) {
        problems.invalid("weights", t.name + " is missing", "shape " + expected);
      } else if (!Arrays.equals(w.shape(), t.shape)) {
        problems.invalid("weights", t.name + " " + w.shapeText(), "shape " + expected);
      }
    }
    unknown.keySet().forEach(name -> problems.invalid("weights", name, "not of this model"));
    problems.refuse();
  }
}
