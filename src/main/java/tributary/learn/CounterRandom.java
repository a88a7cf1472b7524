package tributary.learn;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tributary.base.Invalid;
import tributary.base.Philox;
import tributary.base.Sha256;

/**
 * Random numbers that are a function of where they are used: a stream is known by (seed, epoch,
 * record, purpose, view), a number in it by its position. Nothing is counted, so no number depends
 * on partitions, tasks or the order of calls. By {@link Philox}: of (seed, epoch, record, purpose,
 * view) come the 64 bits of the stream's key and the upper 64 of its counters; the lower 64 are the
 * kind of draw, the position, and, where a draw rejects, how often it did.
 *
 * <p>One position gives one number of each kind (uniform, normal, gamma, integer), independent of
 * those of other kinds. Transcendental functions are those of {@link StrictMath}: equal bits on
 * every machine. Immutable, for all threads.
 */
public final class CounterRandom {
  private static final long POSITIONS = 1L << 40;
  private static final int TRIES = 1 << 20;
  private static final long CHILD = 0x9E3779B97F4A7C15L;

  private static final int UNIFORM = 0;
  private static final int NORMAL = 1;
  private static final int GAMMA = 2;
  private static final int INTEGER = 3;

  private final long key;
  private final long upper;

  private CounterRandom(Philox.Block identity) {
    this.key = identity.low();
    this.upper = identity.high();
  }

  /**
   * A stream.
   *
   * @param epoch 0 to 2^31 - 1
   * @param record its number in the table, or {@link #key} of its id
   * @param view of the record, 0 to 65535: two views of one record have two streams
   */
  public static CounterRandom of(long seed, int epoch, long record, Purpose purpose, int view) {
    if (epoch < 0) {
      throw Invalid.argument("epoch", epoch, "0 or more");
    }
    if (view < 0 || view > 0xffff) {
      throw Invalid.argument("view", view, "0 to 65535");
    }
    long rest = (long) epoch << 32 | (long) purpose.number << 16 | view;
    return new CounterRandom(Philox.block(record, rest, seed));
  }

  /** The stream of the first view. */
  public static CounterRandom of(long seed, int epoch, long record, Purpose purpose) {
    return of(seed, epoch, record, purpose, 0);
  }

  /** 64 bits of a name's SHA-256: the number of a record that is known by its id. */
  public static long key(String name) {
    return ByteBuffer.wrap(Sha256.of(name.getBytes(StandardCharsets.UTF_8))).getLong();
  }

  /** A stream within this one: that of a part, such as a modality by its name. */
  public CounterRandom child(String part) {
    return new CounterRandom(Philox.block(key(part), upper, key ^ CHILD));
  }

  /** 64 random bits. */
  public long bits(long position) {
    return block(UNIFORM, position, 0).low();
  }

  /** In (0, 1), of 53 bits: the middles of 2^52 equal parts. */
  public double uniform(long position) {
    return unit(bits(position));
  }

  /** In [0, 1), of 24 bits. */
  public float uniformFloat(long position) {
    return (bits(position) >>> 40) * 0x1p-24f;
  }

  /**
   * An integer in [0, bound), each as likely (Lemire 2019: multiplied, the uneven rest rejected).
   */
  public int below(int bound, long position) {
    if (bound < 1) {
      throw Invalid.argument("bound", bound, "1 or more");
    }
    long uneven = (1L << 32) % bound;
    for (int t = 0; t < TRIES; t++) {
      Philox.Block block = block(INTEGER, position, t);
      for (long word : new long[] {block.low() >>> 32, block.high() >>> 32}) {
        long product = word * bound;
        if ((product & 0xffffffffL) >= uneven) {
          return (int) (product >>> 32);
        }
      }
    }
    throw exhausted();
  }

  /** A standard normal deviate (Box and Muller 1958). */
  public double normal(long position) {
    return normal(block(NORMAL, position, 0));
  }

  /** An exponential deviate of mean 1. */
  public double exponential(long position) {
    return -StrictMath.log(uniform(position));
  }

  /** A gamma deviate of this shape and scale 1; 0 where it is smaller than any double. */
  public double gamma(double alpha, long position) {
    return StrictMath.exp(logGamma(alpha, position));
  }

  /**
   * The logarithm of {@link #gamma}, which no small shape drives out of range: Marsaglia and Tsang
   * 2000; for a shape below 1 that of shape + 1 times u^(1 / shape). Each rejection goes to the
   * next counters of its position.
   */
  double logGamma(double alpha, long position) {
    if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
      throw Invalid.argument("alpha", alpha, "above 0");
    }
    if (alpha < 1) {
      double u = unit(block(GAMMA, position, 0).low());
      return logMarsaglia(alpha + 1, position) + StrictMath.log(u) / alpha;
    }
    return logMarsaglia(alpha, position);
  }

  private double logMarsaglia(double alpha, long position) {
    double d = alpha - 1 / 3.0;
    double c = 1 / Math.sqrt(9 * d);
    for (int t = 1; t < TRIES - 1; t += 2) {
      double x = normal(block(GAMMA, position, t));
      double root = 1 + c * x;
      if (root <= 0) {
        continue;
      }
      double v = root * root * root;
      double u = unit(block(GAMMA, position, t + 1).low());
      if (StrictMath.log(u) < x * x / 2 + d - d * v + d * StrictMath.log(v)) {
        return StrictMath.log(d) + StrictMath.log(v);
      }
    }
    throw exhausted();
  }

  /** A draw of n shares that add up to 1, from the symmetric Dirichlet distribution. */
  public double[] dirichlet(double alpha, int n) {
    double[] logs = new double[n];
    for (int i = 0; i < n; i++) {
      logs[i] = logWeight(alpha, i);
    }
    return shares(logs);
  }

  /** The logarithm of one part of a Dirichlet draw: for alpha 1 that of an exponential. */
  double logWeight(double alpha, long position) {
    return alpha == 1 ? StrictMath.log(exponential(position)) : logGamma(alpha, position);
  }

  /** What logarithms say of shares; the largest is finite, so the shares are. */
  static double[] shares(double[] logs) {
    double most = Arrays.stream(logs).max().orElse(0);
    double[] shares = new double[logs.length];
    double sum = 0;
    for (int i = 0; i < logs.length; i++) {
      shares[i] = StrictMath.exp(logs[i] - most);
      sum += shares[i];
    }
    for (int i = 0; i < logs.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  /** The numbers 0 to n - 1 in an order each of which is as likely (Fisher and Yates), in O(n). */
  public int[] permutation(int n) {
    return shuffled(n, n);
  }

  /** Count of the numbers 0 to n - 1, ascending, each set as likely. */
  public int[] sample(int n, int count) {
    if (count < 0 || count > n) {
      throw Invalid.argument("sample", count, "0 to " + n);
    }
    int[] chosen = Arrays.copyOf(shuffled(n, count), count);
    Arrays.sort(chosen);
    return chosen;
  }

  private int[] shuffled(int n, int count) {
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    for (int i = 0; i < count; i++) {
      int j = i + below(n - i, i);
      int moved = order[j];
      order[j] = order[i];
      order[i] = moved;
    }
    return order;
  }

  private Philox.Block block(int kind, long position, int attempt) {
    if (position < 0 || position >= POSITIONS) {
      throw Invalid.argument("position", position, "0 to 2^40 - 1");
    }
    return Philox.block(position << 24 | (long) kind << 20 | attempt, upper, key);
  }

  private static double normal(Philox.Block block) {
    double radius = Math.sqrt(-2 * StrictMath.log(unit(block.low())));
    return radius * StrictMath.cos(2 * Math.PI * unit(block.high()));
  }

  private static double unit(long bits) {
    return ((bits >>> 12) + 0.5) * 0x1p-52;
  }

  private static IllegalStateException exhausted() {
    return new IllegalStateException("Cannot draw: " + TRIES + " attempts were rejected");
  }
}
