package tributary.learn.probe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.ToDoubleBiFunction;

/**
 * Limited-memory BFGS for convex functions (Nocedal and Wright, Numerical Optimization, 2nd
 * edition, algorithms 7.4 and 7.5) with backtracking until the decrease is sufficient (3.1). Where
 * they take a step that fulfils Wolfe's conditions, convexity gives the positive curvature that the
 * update needs. On the driver.
 */
final class Lbfgs {
  private static final int MEMORY = 12;
  private static final int HALVINGS = 40;
  private static final double SUFFICIENT = 1e-4;

  private final double tolerance;
  private final int iterations;

  /** A step and how the gradient changed over it. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Pair(double[] step, double[] change, double product) {}

  /**
   * Where it ended.
   *
   * @param point the parameters
   * @param value of the function there
   * @param largest of the gradient's entries there, by size
   * @param iterations steps taken
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Minimum(double[] point, double value, double largest, int iterations) {}

  /**
   * @param tolerance done where no entry of the gradient is larger
   * @param iterations at most
   */
  Lbfgs(double tolerance, int iterations) {
    this.tolerance = tolerance;
    this.iterations = iterations;
  }

  /**
   * From a point to the minimum.
   *
   * @param function the value at a point, whose gradient it writes to its second argument
   * @param precondition multiplies its argument, in place, by what is known of the Hessian's
   *     inverse
   */
  Minimum minimise(
      ToDoubleBiFunction<double[], double[]> function,
      Consumer<double[]> precondition,
      double[] start) {
    double[] x = start.clone();
    double[] g = new double[x.length];
    double value = function.applyAsDouble(x, g);
    Deque<Pair> pairs = new ArrayDeque<>();
    int done = 0;
    while (done < iterations && largest(g) > tolerance) {
      double[] direction = direction(pairs, g, precondition);
      double slope = dot(direction, g);
      double size = 1;
      double[] next = new double[x.length];
      double[] gradient = new double[x.length];
      double reached = Double.NaN;
      int halvings = 0;
      for (; halvings < HALVINGS; halvings++) {
        for (int i = 0; i < x.length; i++) {
          next[i] = x[i] + size * direction[i];
        }
        reached = function.applyAsDouble(next, gradient);
        if (reached <= value + SUFFICIENT * size * slope) {
          break;
        }
        size /= 2;
      }
      if (halvings == HALVINGS) {
        break; // Rounding: no step makes the value less.
      }
      remember(pairs, x, next, g, gradient);
      x = next;
      g = gradient;
      value = reached;
      done++;
    }
    return new Minimum(x, value, largest(g), done);
  }

  private static void remember(
      Deque<Pair> pairs, double[] x, double[] next, double[] g, double[] gradient) {
    double[] step = new double[x.length];
    double[] change = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      step[i] = next[i] - x[i];
      change[i] = gradient[i] - g[i];
    }
    double product = dot(step, change);
    if (product > 1e-300) {
      pairs.addFirst(new Pair(step, change, product));
      if (pairs.size() > MEMORY) {
        pairs.removeLast();
      }
    }
  }

  /** Minus the gradient, times what the pairs say of the inverse Hessian. */
  private static double[] direction(
      Deque<Pair> pairs, double[] g, Consumer<double[]> precondition) {
    double[] q = new double[g.length];
    for (int i = 0; i < q.length; i++) {
      q[i] = -g[i];
    }
    double[] alphas = new double[pairs.size()];
    int at = 0;
    for (Pair pair : pairs) {
      alphas[at] = dot(pair.step, q) / pair.product;
      add(q, -alphas[at++], pair.change);
    }
    precondition.accept(q);
    if (!pairs.isEmpty()) {
      Pair last = pairs.getFirst();
      double[] change = last.change.clone();
      precondition.accept(change);
      double scale = last.product / dot(last.change, change);
      for (int i = 0; i < q.length; i++) {
        q[i] *= scale;
      }
    }
    for (Iterator<Pair> it = pairs.descendingIterator(); it.hasNext(); ) {
      Pair pair = it.next();
      double beta = dot(pair.change, q) / pair.product;
      add(q, alphas[--at] - beta, pair.step);
    }
    return q;
  }

  private static void add(double[] to, double factor, double[] what) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * what[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double largest(double[] g) {
    double most = 0;
    for (double v : g) {
      most = Math.max(most, Math.abs(v));
    }
    return most;
  }
}
