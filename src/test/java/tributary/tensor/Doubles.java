package tributary.tensor;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@link Scope} once more, in double from end to end and by the formulas alone:
 * what finite differences are taken of. Shares no code with the backends but the shapes, the masks
 * and the names.
 *
 * @param values row-major
 */
@SuppressWarnings("ArrayRecordComponent")
record Doubles(Shape shape, double[] values) {
  static Doubles of(Shape shape) {
    return new Doubles(shape, new double[(int) shape.size()]);
  }

  static Doubles of(Shape shape, float[] values) {
    Doubles x = of(shape);
    Arrays.setAll(x.values, i -> values[i]);
    return x;
  }

  private int index(int group, int row, int channel) {
    int g = shape.groups() == 1 ? 0 : group;
    int r = shape.rows() == 1 ? 0 : row;
    return (g * shape.rows() + r) * shape.channels() + channel;
  }

  double at(int group, int row, int channel) {
    return values[index(group, row, channel)];
  }

  /** One value of a result. */
  private interface Value {
    double at(int group, int row, int channel);
  }

  private static Doubles filled(int groups, int rows, int channels, Value value) {
    Doubles y = of(new Shape(groups, rows, channels));
    for (int g = 0; g < groups; g++) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < channels; c++) {
          y.values[y.index(g, r, c)] = value.at(g, r, c);
        }
      }
    }
    return y;
  }

  private Doubles alike(Value value) {
    return filled(shape.groups(), shape.rows(), shape.channels(), value);
  }

  /** x W^T + b. */
  Doubles linear(Doubles weight, @Nullable Doubles bias) {
    return filled(
        shape.groups(),
        shape.rows(),
        weight.shape.rows(),
        (g, r, o) -> {
          double sum = bias == null ? 0 : bias.at(0, 0, o);
          for (int i = 0; i < shape.channels(); i++) {
            sum += at(g, r, i) * weight.at(0, o, i);
          }
          return sum;
        });
  }

  Doubles add(Doubles other) {
    return alike((g, r, c) -> at(g, r, c) + other.at(g, r, c));
  }

  Doubles activate(Activation activation) {
    return alike((g, r, c) -> activated(activation, at(g, r, c)));
  }

  private static double activated(Activation activation, double x) {
    return switch (activation) {
      case NONE -> x;
      case RELU -> x > 0 ? x : 0;
      case SQUARED_RELU -> x > 0 ? x * x : 0;
      case GELU -> x * normal(x);
      case GELU_TANH -> {
        double inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3));
        yield 0.5 * x * (1 + Math.tanh(inner));
      }
    };
  }

  /** The normal distribution's integral, by Simpson's rule over 2,000 steps. */
  private static double normal(double x) {
    int steps = 2000;
    double h = x / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double t = i * h;
      int weight = i == 0 || i == steps ? 1 : 2 + 2 * (i % 2);
      sum += weight * Math.exp(-t * t / 2);
    }
    return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
  }

  Doubles normalize(Doubles weight, Doubles bias, double epsilon) {
    int n = shape.channels();
    return alike(
        (g, r, c) -> {
          double mean = 0;
          double square = 0;
          for (int i = 0; i < n; i++) {
            mean += at(g, r, i) / n;
          }
          for (int i = 0; i < n; i++) {
            square += (at(g, r, i) - mean) * (at(g, r, i) - mean) / n;
          }
          double z = (at(g, r, c) - mean) / Math.sqrt(square + epsilon);
          return z * weight.at(0, 0, c) + bias.at(0, 0, c);
        });
  }

  /** These being the queries. */
  Doubles attend(
      Doubles keys,
      Doubles values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    int d = keys.shape.channels() / attention.heads();
    int e = values.shape.channels() / attention.heads();
    return filled(
        keys.shape.groups(),
        shape.rows(),
        values.shape.channels(),
        (g, r, c) -> {
          int first = c / e * d;
          double above = 0;
          double below = 0;
          for (int j = 0; j < keys.shape.rows(); j++) {
            if (mask == null || mask.allowed(g, r, j)) {
              double score = 0;
              for (int i = first; i < first + d; i++) {
                score += at(g, r, i) * keys.at(g, j, i);
              }
              double by = Math.exp(attention.scale() * score);
              by *= weights == null ? 1 : weights.at(g, j);
              above += by * values.at(g, j, c);
              below += by;
            }
          }
          return below > 0 ? above / below : nothing(values, attention, g, c);
        });
  }

  private static double nothing(Doubles values, Attention attention, int g, int c) {
    double sum = 0;
    for (int j = 0; j < values.shape.rows(); j++) {
      sum += values.at(g, j, c) / values.shape.rows();
    }
    return attention.fullyMasked() == Attention.FullyMasked.UNIFORM ? sum : 0;
  }

  /** These being the queries, of groups of unequal length. */
  Doubles attend(
      Doubles keys,
      Doubles values,
      Lengths lengths,
      Attention attention,
      @Nullable KeyWeights weights) {
    Doubles[] parts = new Doubles[lengths.groups()];
    for (int g = 0; g < parts.length; g++) {
      int from = lengths.start(g);
      int to = from + lengths.length(g);
      KeyWeights own = weights == null ? null : weights.ofKeys(from, to);
      parts[g] = attend(keys.rows(from, to), values.rows(from, to), attention, null, own);
    }
    return filled(
        parts.length, shape.rows(), values.shape.channels(), (g, r, c) -> parts[g].at(0, r, c));
  }

  Doubles modulate(Doubles by) {
    int n = shape.channels();
    return alike((g, r, c) -> (1 + by.at(g, 0, c)) * at(g, r, c) + by.at(g, 0, n + c));
  }

  Doubles lookup(int[] indices) {
    return filled(
        1,
        indices.length,
        shape.channels(),
        (g, r, c) -> values[indices[r] * shape.channels() + c]);
  }

  static Doubles concatRows(List<Doubles> parts) {
    Shape first = parts.get(0).shape;
    int rows = parts.stream().mapToInt(p -> p.shape.rows()).sum();
    return filled(
        first.groups(),
        rows,
        first.channels(),
        (g, r, c) -> {
          int row = r;
          for (Doubles part : parts) {
            if (row < part.shape.rows()) {
              return part.at(g, row, c);
            }
            row -= part.shape.rows();
          }
          throw new AssertionError("row " + r + " of " + rows);
        });
  }

  Doubles rows(int from, int to) {
    return filled(shape.groups(), to - from, shape.channels(), (g, r, c) -> at(g, from + r, c));
  }

  Doubles groups(int from, int to) {
    return filled(to - from, shape.rows(), shape.channels(), (g, r, c) -> at(from + g, r, c));
  }

  Doubles repeat(int groups) {
    return filled(groups, shape.rows(), shape.channels(), this::at);
  }

  Doubles reshape(Shape other) {
    return new Doubles(other, values);
  }

  Doubles meanRows() {
    return filled(
        shape.groups(),
        1,
        shape.channels(),
        (g, one, c) -> {
          double sum = 0;
          for (int r = 0; r < shape.rows(); r++) {
            sum += at(g, r, c);
          }
          return shape.rows() == 0 ? 0 : sum / shape.rows();
        });
  }
}
