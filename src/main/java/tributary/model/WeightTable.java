package tributary.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The name and shape of every weight that a configuration asks for, in the order of the flow; names
 * are those that reference.py reads. Nothing is allocated.
 */
public final class WeightTable {
  private final Map<String, long[]> shapes = new LinkedHashMap<>();

  private WeightTable() {}

  public static WeightTable of(ModelConfig config) {
    WeightTable table = new WeightTable();
    config.weights(table);
    return table;
  }

  /** Shapes by name. */
  public Map<String, long[]> shapes() {
    return Collections.unmodifiableMap(shapes);
  }

  /** Number of parameters. */
  public long parameters() {
    return shapes.values().stream().mapToLong(WeightTable::size).sum();
  }

  public static long size(long[] shape) {
    long size = 1;
    for (long n : shape) {
      size = Math.multiplyExact(size, n);
    }
    return size;
  }

  public void add(String name, long... shape) {
    shapes.put(name, shape);
  }

  /** weight [outputs, inputs], bias [outputs]. */
  public void linear(String name, long inputs, long outputs) {
    add(name + ".weight", outputs, inputs);
    add(name + ".bias", outputs);
  }

  public void norm(String name, long channels) {
    add(name + ".weight", channels);
    add(name + ".bias", channels);
  }

  /** How tokens are embedded: a table for ids, a linear layer for values. */
  public void embed(String modality, ModalitySpec spec, long width) {
    if (spec instanceof ModalitySpec.Text) {
      add("embed." + modality + ".table", spec.channels(), width);
    } else {
      linear("embed." + modality, spec.channels(), width);
    }
  }

  /** A cross-attend with its MLP; queries, keys and values are as wide as the inputs. */
  public void cross(String name, long queries, long inputs, long widening) {
    cross(name, queries, inputs, inputs, inputs, widening);
  }

  /** A cross-attend with queries and keys of width qk and values of width v. */
  public void cross(String name, long queries, long inputs, long qk, long v, long widening) {
    norm(name + ".query_norm", queries);
    norm(name + ".input_norm", inputs);
    attention(name + ".attention", queries, inputs, qk, v);
    mlp(name, queries, widening);
  }

  public void selfAttention(String name, long channels, long widening) {
    selfAttention(name, channels, channels, widening);
  }

  /** A self-attention layer with queries and keys of width qk. */
  public void selfAttention(String name, long channels, long qk, long widening) {
    norm(name + ".norm", channels);
    attention(name + ".attention", channels, channels, qk, channels);
    mlp(name, channels, widening);
  }

  public void attention(String name, long queries, long inputs) {
    attention(name, queries, inputs, inputs, inputs);
  }

  private void attention(String name, long queries, long inputs, long qk, long v) {
    linear(name + ".query", queries, qk);
    linear(name + ".key", inputs, qk);
    linear(name + ".value", inputs, v);
    linear(name + ".output", v, queries);
  }

  public void mlp(String name, long channels, long widening) {
    norm(name + ".mlp_norm", channels);
    linear(name + ".mlp.hidden", channels, widening * channels);
    linear(name + ".mlp.output", widening * channels, channels);
  }
}
