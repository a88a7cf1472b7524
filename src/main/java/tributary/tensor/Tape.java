package tributary.tensor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A scope that remembers what was computed in it, so that gradients can be had (reverse-mode
 * differentiation): forms and encoders run on it as on any other. Lives in a task, used by one
 * thread. Owns nothing: values and gradients are the scope's that it was made for.
 *
 * <pre>{@code
 * Tape tape = new Tape(scope, List.of(layer.weight()));
 * Tensor y = tape.linear(x, layer, Activation.NONE);
 * tape.seed(y, dy); // of the loss by y
 * tape.backward();
 * float[] gradient = tape.gradient(layer.weight());
 * }</pre>
 *
 * <p>What is learnt must not leave by the heap on its way: {@link #values} and {@link #download} of
 * it are an {@link IllegalStateException}, for what is uploaded again would have lost its gradient
 * without a word. {@link #read} is for results. Attention in parts is for inference and an {@link
 * UnsupportedOperationException} here.
 */
public final class Tape implements Scope {
  private final Scope scope;
  private final Gradients gradients;
  private final Map<Tensor, Node> learnt = new IdentityHashMap<>();
  private final List<Runnable> steps = new ArrayList<>();
  private boolean done;

  /**
   * @param scope holds values and gradients; closed by who opened it, not before the gradients have
   *     been read
   * @param learnt constants whose gradients are wanted
   */
  public Tape(Scope scope, Collection<Tensor> learnt) {
    this.scope = scope;
    this.gradients = scope.gradients();
    learnt.forEach(t -> this.learnt.put(t, new Node(t, true)));
  }

  /** A value on the tape. */
  private final class Node implements Tensor {
    private final Tensor value;
    private final boolean learns; // whether anything learnt is in it
    private @Nullable Tensor gradient;
    private boolean own; // whether the gradient is this node's alone, to be added to

    Node(Tensor value, boolean learns) {
      this.value = value;
      this.learns = learns;
    }

    @Override
    public Shape shape() {
      return value.shape();
    }

    /** A gradient of this shape, which nobody changes any more. */
    void receive(Tensor dy) {
      if (gradient == null) {
        gradient = dy;
      } else if (own) {
        gradients.accumulate(gradient, dy);
      } else {
        gradient = scope.add(gradient, dy);
        own = true;
      }
    }

    /** A gradient of this shape that was made for this node alone. */
    void receiveOwn(Tensor dy) {
      if (gradient == null) {
        gradient = dy;
        own = true;
      } else {
        receive(dy);
      }
    }

    /** A sum that a gradient of this shape may be added to; null where there is none yet. */
    @Nullable Tensor begun() {
      return own ? gradient : null;
    }

    /** The gradient as a sum to be added to. */
    Tensor sum() {
      Tensor sum = gradient;
      if (sum == null || !own) {
        Tensor before = sum;
        sum = gradients.zeros(value.shape());
        if (before != null) {
          gradients.accumulate(sum, before);
        }
        gradient = sum;
        own = true;
      }
      return sum;
    }

    /** A gradient of this shape or of one that this was broadcast to. */
    void receiveBroadcast(Tensor dy) {
      if (dy.shape().equals(value.shape())) {
        receive(dy);
      } else {
        gradients.accumulate(sum(), dy);
      }
    }
  }

  private Node node(Tensor x) {
    if (x instanceof Node own) {
      return own;
    }
    Node leaf = learnt.get(x);
    return leaf == null ? new Node(x, false) : leaf;
  }

  /** What is done backward with the gradient of a result. */
  private interface Step {
    void back(Tensor dy);
  }

  private Tensor made(Tensor value, boolean learns, Step step) {
    Node y = new Node(value, learns);
    if (learns) {
      steps.add(
          () -> {
            Tensor dy = y.gradient;
            if (dy != null) {
              step.back(dy);
            }
          });
    }
    return y;
  }

  /**
   * Adds to the gradient of the loss by a result.
   *
   * @param dy [g, n, c] row-major
   */
  public void seed(Tensor y, float[] dy) {
    node(y).receive(scope.upload(y.shape(), dy, 0));
  }

  /** Goes back through what was computed, once. */
  public void backward() {
    if (done) {
      throw new IllegalStateException("Cannot go back: this tape has gone back already");
    }
    done = true;
    for (int i = steps.size() - 1; i >= 0; i--) {
      steps.get(i).run();
      steps.set(i, () -> {});
    }
  }

  /** The gradient by a learnt constant, or a value of this tape, after {@link #backward}. */
  public float[] gradient(Tensor x) {
    float[] values = new float[(int) x.shape().size()];
    gradient(x, values);
    return values;
  }

  /**
   * {@link #gradient} copied to the beginning of an array that is long enough.
   *
   * @return whether the loss depends on x; where it doesn't nothing is copied
   */
  public boolean gradient(Tensor x, float[] to) {
    Tensor gradient = node(x).gradient;
    if (gradient == null) {
      return false;
    }
    scope.download(gradient, to, 0);
    return true;
  }

  /** A result's values. */
  public float[] read(Tensor x) {
    return scope.values(node(x).value);
  }

  @Override
  public Tensor upload(Shape shape, float[] values, int offset) {
    return new Node(scope.upload(shape, values, offset), false);
  }

  @Override
  public Tensor upload(Shape shape, List<Piece> pieces) {
    return new Node(scope.upload(shape, pieces), false);
  }

  @Override
  public void download(Tensor x, float[] values, int offset) {
    Node a = node(x);
    if (a.learns) {
      throw new IllegalStateException(
          "Cannot copy tensor " + x.shape() + " out of a tape: its gradient would be lost");
    }
    scope.download(a.value, values, offset);
  }

  private Linear value(Linear layer) {
    Tensor bias = layer.bias();
    return new Linear(node(layer.weight()).value, bias == null ? null : node(bias).value);
  }

  private boolean learns(Linear layer) {
    Tensor bias = layer.bias();
    return node(layer.weight()).learns || (bias != null && node(bias).learns);
  }

  /** Gives the layer its gradients. */
  private void back(Linear layer, Node x, Tensor dy) {
    Node weight = node(layer.weight());
    if (weight.learns) {
      gradients.linearWeight(weight.sum(), dy, x.value);
    }
    Tensor bias = layer.bias();
    if (bias != null && node(bias).learns) {
      gradients.accumulate(node(bias).sum(), dy);
    }
    if (x.learns) {
      Tensor sum = x.begun();
      if (sum == null) {
        x.receiveOwn(gradients.linearInput(dy, value(layer)));
      } else {
        gradients.linearInput(sum, dy, value(layer));
      }
    }
  }

  @Override
  public Tensor linear(Tensor x, Linear layer, Activation activation) {
    if (Gradients.fromInput(activation)) {
      return activate(linear(x, layer, Activation.NONE), activation);
    }
    Node a = node(x);
    Tensor y = scope.linear(a.value, value(layer), activation);
    return made(
        y,
        a.learns || learns(layer),
        dy ->
            back(
                layer,
                a,
                activation == Activation.NONE ? dy : gradients.activation(dy, y, activation)));
  }

  @Override
  public Tensor linearPlus(Tensor x, Linear layer, Tensor residual) {
    Node a = node(x);
    Node r = node(residual);
    return made(
        scope.linearPlus(a.value, value(layer), r.value),
        a.learns || r.learns || learns(layer),
        dy -> {
          if (r.learns) {
            r.receiveBroadcast(dy);
          }
          back(layer, a, dy);
        });
  }

  @Override
  public Tensor activate(Tensor x, Activation activation) {
    Node a = node(x);
    Tensor y = scope.activate(a.value, activation);
    Tensor at = Gradients.fromInput(activation) ? a.value : y;
    return made(y, a.learns, dy -> a.receiveOwn(gradients.activation(dy, at, activation)));
  }

  @Override
  public Tensor normalize(Tensor x, LayerNorm norm) {
    Node a = node(x);
    Node weight = node(norm.weight());
    Node bias = node(norm.bias());
    LayerNorm values = new LayerNorm(weight.value, bias.value, norm.epsilon());
    return made(
        scope.normalize(a.value, values),
        a.learns || weight.learns || bias.learns,
        dy -> {
          Tensor dx =
              gradients.normalize(
                  dy,
                  a.value,
                  values,
                  weight.learns ? weight.sum() : null,
                  bias.learns ? bias.sum() : null);
          if (a.learns) {
            a.receiveOwn(dx);
          }
        });
  }

  @Override
  public Tensor attend(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    Node q = node(queries);
    Node k = node(keys);
    Node v = node(values);
    return made(
        scope.attend(q.value, k.value, v.value, attention, mask, weights),
        q.learns || k.learns || v.learns,
        dy ->
            give(
                gradients.attend(dy, q.value, k.value, v.value, attention, mask, weights),
                q,
                k,
                v));
  }

  @Override
  public Tensor attend(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Lengths lengths,
      Attention attention,
      @Nullable KeyWeights weights) {
    Node q = node(queries);
    Node k = node(keys);
    Node v = node(values);
    return made(
        scope.attend(q.value, k.value, v.value, lengths, attention, weights),
        q.learns || k.learns || v.learns,
        dy ->
            give(
                gradients.attend(dy, q.value, k.value, v.value, lengths, attention, weights),
                q,
                k,
                v));
  }

  private static void give(Gradients.Attended all, Node q, Node k, Node v) {
    if (q.learns) {
      q.receiveOwn(all.queries());
    }
    if (k.learns) {
      k.receiveOwn(all.keys());
    }
    if (v.learns) {
      v.receiveOwn(all.values());
    }
  }

  @Override
  public Tensor attendTo(
      Tensor queries,
      Tensor inputs,
      Lengths lengths,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable KeyWeights weights) {
    return attend(
        queries,
        linear(inputs, key, Activation.NONE),
        linear(inputs, value, Activation.NONE),
        lengths,
        attention,
        weights);
  }

  @Override
  public Tensor attendPart(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable KeyWeights weights) {
    throw new UnsupportedOperationException("Cannot learn from attention in parts");
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    Node a = node(x);
    Node b = node(y);
    return made(
        scope.add(a.value, b.value),
        a.learns || b.learns,
        dy -> {
          if (a.learns) {
            a.receive(dy);
          }
          if (b.learns) {
            b.receiveBroadcast(dy);
          }
        });
  }

  @Override
  public Tensor modulate(Tensor x, Tensor modulation) {
    Node a = node(x);
    Node m = node(modulation);
    return made(
        scope.modulate(a.value, m.value),
        a.learns || m.learns,
        dy -> {
          Tensor dx = gradients.modulate(dy, a.value, m.value, m.learns ? m.sum() : null);
          if (a.learns) {
            a.receive(dx);
          }
        });
  }

  @Override
  public Tensor lookup(Tensor table, int[] indices) {
    Node a = node(table);
    int[] own = indices.clone();
    return made(scope.lookup(a.value, own), a.learns, dy -> gradients.lookup(a.sum(), own, dy));
  }

  @Override
  public Tensor concatRows(List<Tensor> parts) {
    List<Node> nodes = parts.stream().map(this::node).toList();
    return made(
        scope.concatRows(nodes.stream().map(n -> n.value).toList()),
        nodes.stream().anyMatch(n -> n.learns),
        dy -> {
          int from = 0;
          for (Node n : nodes) {
            int to = from + n.shape().rows();
            if (n.learns) {
              n.receiveOwn(scope.rows(dy, from, to));
            }
            from = to;
          }
        });
  }

  @Override
  public Tensor rows(Tensor x, int from, int to) {
    Node a = node(x);
    return made(scope.rows(a.value, from, to), a.learns, dy -> gradients.rows(a.sum(), from, dy));
  }

  @Override
  public Tensor repeat(Tensor x, int groups) {
    Node a = node(x);
    return made(scope.repeat(a.value, groups), a.learns, a::receiveBroadcast);
  }

  @Override
  public Tensor reshape(Tensor x, Shape shape) {
    Node a = node(x);
    return made(
        scope.reshape(a.value, shape),
        a.learns,
        dy -> a.receive(scope.reshape(dy, a.value.shape())));
  }

  @Override
  public Tensor groups(Tensor x, int from, int to) {
    Node a = node(x);
    return made(
        scope.groups(a.value, from, to),
        a.learns,
        dy -> gradients.accumulate(scope.groups(a.sum(), from, to), dy));
  }

  @Override
  public Tensor meanRows(Tensor x) {
    Node a = node(x);
    return made(
        scope.meanRows(a.value),
        a.learns,
        dy -> a.receiveOwn(gradients.meanRows(dy, a.shape().rows())));
  }

  /** This tape, which keeps what is computed: going back needs it. */
  @Override
  public Scope inner() {
    return this;
  }

  /** Nothing: values and gradients are the scope's. */
  @Override
  public void close() {}
}
