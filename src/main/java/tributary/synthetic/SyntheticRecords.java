package tributary.synthetic;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.read.Rejected.Reason;

/**
 * A made set of multimodal records: {@link #record} is a pure function of the parameters and the
 * number, so that tasks make their own. Each record is about one {@link Subject}: a shape of one of
 * 8 kinds in one of 6 colours, moving in one of 4 manners with one of 4 pitches. Pixels, samples,
 * values and texts are the same everywhere; the bytes of a PNG are those of the JDK's deflater.
 *
 * <p>Every tenth record is long: its caption and its series are near `maxTokens`. `bad` of the
 * records, spread evenly, have a fault, each in its turn: a cut PNG, a PNG that claims 100,000 x
 * 100,000 pixels, a WAV that claims more than there is, NaN in the series, a caption that is no
 * UTF-8, a null id, the id of the record before (both are duplicates then, so both must be
 * quarantined), an infinite value.
 *
 * @param seed another seed, other records
 * @param records how many
 * @param maxTokens most bytes of a caption and most points of a series
 * @param missing probability of each modality to be absent, independently; a modality with a fault
 *     is always there
 * @param bad how many records have a fault; at most half of them
 */
public record SyntheticRecords(long seed, long records, int maxTokens, double missing, int bad) {
  /** Records of a set at most. */
  public static final long MOST = 2_000_000_000;

  private static final int LONG_EVERY = 10;
  private static final int SHORT_POINTS = 128;

  /**
   * @throws IllegalArgumentException if a parameter is out of its range
   */
  public SyntheticRecords {
    check(records >= 0 && records <= MOST, "records", records, "0 to " + MOST);
    check(maxTokens >= 1, "long", maxTokens, "at least 1 token");
    check(missing >= 0 && missing <= 1, "missing", missing, "0 to 1");
    check(bad >= 0 && 2L * bad <= records, "bad", bad, "0 to half of " + records + " records");
  }

  private static void check(boolean holds, String key, Object value, String rule) {
    if (!holds) {
      throw Invalid.argument(key, value, rule);
    }
  }

  /**
   * Record i.
   *
   * @throws IndexOutOfBoundsException if i is not in [0, records)
   */
  public SyntheticRecord record(long i) {
    if (i < 0 || i >= records) {
      throw new IndexOutOfBoundsException(Invalid.text("record", i, "0 to " + (records - 1)));
    }
    Random random = random(i, 0);
    Subject subject = Subject.draw(random);
    Fault fault = fault(i);
    boolean caption = !draws(random) || (fault != null && fault.inCaption());
    boolean picture = !draws(random) || (fault != null && fault.inPicture());
    boolean sound = !draws(random) || (fault != null && fault.inSound());
    boolean series = !draws(random) || (fault != null && fault.inSeries());
    Movements.Series movement = series ? movement(i, subject, fault) : null;
    return new SyntheticRecord(
        id(i, fault),
        caption ? caption(i, subject, fault) : null,
        picture ? picture(i, subject, fault) : null,
        sound ? sound(i, subject, fault) : null,
        movement == null ? null : movement.times(),
        movement == null ? null : movement.values(),
        subject.kindName(),
        subject.kindName() + "-" + subject.colourName(),
        expected(i, fault));
  }

  private boolean draws(Random random) {
    return random.nextDouble() < missing;
  }

  private byte[] caption(long i, Subject subject, @Nullable Fault fault) {
    byte[] caption = Captions.draw(subject, random(i, 1), maxTokens, isLong(i));
    return fault == null ? caption : fault.caption(caption);
  }

  private byte[] picture(long i, Subject subject, @Nullable Fault fault) {
    byte[] png = Pictures.draw(subject, random(i, 2));
    return fault == null ? png : fault.picture(png);
  }

  private byte[] sound(long i, Subject subject, @Nullable Fault fault) {
    byte[] wav = Sounds.draw(subject, random(i, 3), isLong(i));
    return fault == null ? wav : fault.sound(wav);
  }

  private Movements.Series movement(long i, Subject subject, @Nullable Fault fault) {
    Random random = random(i, 4);
    int points =
        isLong(i)
            ? maxTokens - random.nextInt(maxTokens / 10 + 1)
            : Math.min(maxTokens, 1 + random.nextInt(SHORT_POINTS));
    Movements.Series series = Movements.draw(subject, random, points);
    return fault == null
        ? series
        : new Movements.Series(series.times(), fault.values(series.values()));
  }

  private static boolean isLong(long i) {
    return i % LONG_EVERY == 0;
  }

  private static @Nullable String id(long i, @Nullable Fault fault) {
    if (fault == Fault.NULL_ID) {
      return null;
    }
    return String.format("r%08d", fault == Fault.REPEATED_ID ? i - 1 : i);
  }

  private @Nullable String expected(long i, @Nullable Fault fault) {
    if (fault != null) {
      return fault.reason.name();
    }
    boolean repeated = i + 1 < records && fault(i + 1) == Fault.REPEATED_ID;
    return repeated ? Reason.DUPLICATE_ID.name() : null;
  }

  /**
   * The fault of record i: bad record j is at floor((2 j + 1) records / (2 bad)), so the record
   * before it is a good one.
   */
  private @Nullable Fault fault(long i) {
    if (bad == 0) {
      return null;
    }
    long j = Math.floorDiv(2L * bad * i + records - 1, 2 * records);
    if (j >= bad || (2 * j + 1) * records / (2L * bad) != i) {
      return null;
    }
    Fault[] faults = Fault.values();
    return faults[(int) (j % faults.length)];
  }

  /** A generator of its own for each part of each record (SplitMix64's finaliser as the hash). */
  private Random random(long i, int part) {
    long z = seed * 0x9E3779B97F4A7C15L + i * 8 + part;
    for (int round = 0; round < 2; round++) {
      z += 0x9E3779B97F4A7C15L;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      z ^= z >>> 31;
    }
    return new Random(z);
  }
}
