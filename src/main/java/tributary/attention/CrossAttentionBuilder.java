package tributary.attention;

import java.util.Arrays;
import tributary.base.Invalid;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Linear;

/**
 * Makes a {@link CrossAttention} in the papers' words and checks the weights against them. Widths
 * must be given; what has a default says so.
 */
public final class CrossAttentionBuilder {
  private int heads = 1;
  private int headWidth;
  private int queryWidth;
  private int contextWidth;
  private boolean bias;
  private FullyMasked fullyMasked = FullyMasked.ZERO;
  private String[] names = {"query", "key", "value", "output"};

  CrossAttentionBuilder() {}

  /** H; 1 unless given. */
  public CrossAttentionBuilder heads(int heads) {
    this.heads = atLeastOne("heads", heads);
    return this;
  }

  /** Channels of a head's queries, keys and values (d; diffusers' dim_head). */
  public CrossAttentionBuilder headWidth(int channels) {
    headWidth = atLeastOne("headWidth", channels);
    return this;
  }

  /** Channels of what asks, and of the result (diffusers' query_dim). */
  public CrossAttentionBuilder queryWidth(int channels) {
    queryWidth = atLeastOne("queryWidth", channels);
    return this;
  }

  /** Channels of what is attended to (diffusers' cross_attention_dim). */
  public CrossAttentionBuilder contextWidth(int channels) {
    contextWidth = atLeastOne("contextWidth", channels);
    return this;
  }

  /** Whether query, key and value have a bias; none unless given. The output has one always. */
  public CrossAttentionBuilder bias(boolean present) {
    bias = present;
    return this;
  }

  /** What a query yields that may attend to nothing; zero unless given. */
  public CrossAttentionBuilder fullyMasked(FullyMasked policy) {
    fullyMasked = policy;
    return this;
  }

  /** The layers' names below the prefix: query, key, value and output unless given. */
  public CrossAttentionBuilder names(String query, String key, String value, String output) {
    names = new String[] {query, key, value, output};
    return this;
  }

  /** The names of diffusers: to_q, to_k, to_v and to_out.0. */
  public CrossAttentionBuilder diffusersNames() {
    return names("to_q", "to_k", "to_v", "to_out.0");
  }

  /**
   * The layer from weights by name.
   *
   * @throws IllegalArgumentException where a width was not given, or a weight is missing, is there
   *     though it should not be, or has another shape
   */
  public CrossAttention from(Weights weights, String prefix) {
    atLeastOne("headWidth", headWidth);
    atLeastOne("queryWidth", queryWidth);
    atLeastOne("contextWidth", contextWidth);
    int inner = Math.multiplyExact(heads, headWidth);
    return new CrossAttention(
        layer(weights, prefix, 0, inner, queryWidth),
        layer(weights, prefix, 1, inner, contextWidth),
        layer(weights, prefix, 2, inner, contextWidth),
        layer(weights, prefix, 3, queryWidth, inner),
        heads,
        fullyMasked);
  }

  private Linear layer(Weights weights, String prefix, int which, int outputs, int inputs) {
    String name = Weights.below(prefix, names[which]);
    long[] shape = weights.shape(name + ".weight");
    if (!Arrays.equals(shape, new long[] {outputs, inputs})) {
      throw Invalid.argument(
          "weight",
          name + ".weight " + Arrays.toString(shape),
          "[" + outputs + ", " + inputs + "]: " + this);
    }
    boolean wanted = bias || which == 3;
    if (weights.has(name + ".bias") != wanted) {
      throw Invalid.argument(
          "weight", name + ".bias", (wanted ? "missing" : "there") + ": " + this);
    }
    return weights.linear(name);
  }

  private static int atLeastOne(String what, int value) {
    if (value < 1) {
      throw Invalid.argument(what, value, ">= 1");
    }
    return value;
  }

  @Override
  public String toString() {
    return heads
        + " heads of width "
        + headWidth
        + ", query width "
        + queryWidth
        + ", context width "
        + contextWidth
        + (bias ? ", with bias" : ", no bias");
  }
}
