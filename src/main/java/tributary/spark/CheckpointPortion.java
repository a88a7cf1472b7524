package tributary.spark;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;
import tributary.read.Rejected;
import tributary.record.Fused;
import tributary.write.Outcome;

/**
 * Finished records as bytes, big-endian. In tasks.
 *
 * <pre>
 * portion  magic[8] version:int model recipe limits:text  crc:int   then records
 * record   length:int crc:int  body[length]                         crc: CRC-32C of length and body
 * body     0 id hash:text n:int float[n]  tokens left_out:counts    of one with an embedding
 *          1 id hash:text column reason detail digest:text          of one that is quarantined
 * text     length:int UTF-8; -1 is null            counts  n:int (text long)[n]
 * </pre>
 */
final class CheckpointPortion {
  private static final byte[] MAGIC = "TRIBCKPT".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final byte EMBEDDED = 0;
  private static final byte QUARANTINED = 1;
  private static final Row NO_COLUMNS = RowFactory.create();

  private CheckpointPortion() {}

  /**
   * What could be read.
   *
   * @param records without their kept columns
   * @param wrong records, or a portion's start or rest, that were passed over
   */
  record Read(List<Staged.Finished> records, int wrong) {}

  /** What a portion begins with. */
  static byte[] header(CheckpointPlan plan) {
    Bytes out = new Bytes().raw(MAGIC).number(VERSION);
    out.text(plan.modelHash()).text(plan.recipeHash()).text(plan.limits());
    CRC32C crc = new CRC32C();
    crc.update(out.bytes());
    return out.number((int) crc.getValue()).bytes();
  }

  /** One record with its length and checksum. */
  static byte[] record(Staged.Finished record) {
    byte[] body = record.outcome().match(CheckpointPortion::embedded, q -> quarantined(q, record));
    byte[] framed = new Bytes().number(body.length).number(0).raw(body).bytes();
    ByteBuffer.wrap(framed).putInt(Integer.BYTES, crc(framed, 0, body.length));
    return framed;
  }

  private static byte[] embedded(Outcome.Embedded e) {
    Fused fused = e.fused();
    Bytes out = new Bytes().raw(EMBEDDED);
    out.text(e.id()).text(fused.inputHash()).number(fused.embedding().length);
    ByteBuffer floats = ByteBuffer.allocate(fused.embedding().length * Float.BYTES);
    floats.asFloatBuffer().put(fused.embedding());
    out.raw(floats.array());
    return out.counts(fused.tokens()).counts(fused.leftOut()).bytes();
  }

  private static byte[] quarantined(Outcome.Quarantined q, Staged.Finished record) {
    Bytes out = new Bytes().raw(QUARANTINED);
    out.text(q.id()).text(record.contentHash()).text(q.column()).text(q.reason().name());
    return out.text(q.detail()).text(q.payloadDigest()).bytes();
  }

  /**
   * Reads a portion as far as it is whole.
   *
   * @param plan of the run that reads: of a portion of another model or recipe nothing is taken, of
   *     one with other limits no quarantined record
   */
  static Read read(byte[] portion, CheckpointPlan plan) {
    List<Staged.Finished> records = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(portion);
    int wrong = 0;
    try {
      Optional<CheckpointPlan> own = header(in);
      if (own.filter(o -> isOf(o, plan)).isEmpty()) {
        return new Read(records, 1);
      }
      boolean all = own.get().limits().equals(plan.limits());
      while (in.hasRemaining()) {
        int start = in.position();
        int length = in.getInt();
        int crc = in.getInt();
        if (length < 0 || length > in.remaining()) {
          return new Read(records, wrong + 1);
        }
        if (crc == crc(portion, start, length)) {
          Staged.Finished record = record(in.slice(in.position(), length));
          if (all || record.outcome() instanceof Outcome.Embedded) {
            records.add(record);
          }
        } else {
          wrong++;
        }
        in.position(in.position() + length);
      }
    } catch (BufferUnderflowException cut) {
      wrong++;
    }
    return new Read(records, wrong);
  }

  private static boolean isOf(CheckpointPlan own, CheckpointPlan plan) {
    return own.modelHash().equals(plan.modelHash()) && own.recipeHash().equals(plan.recipeHash());
  }

  /** Of what the portion is; none where its start is not what was written. */
  private static Optional<CheckpointPlan> header(ByteBuffer in) {
    byte[] magic = new byte[MAGIC.length];
    in.get(magic);
    if (!Arrays.equals(magic, MAGIC) || in.getInt() != VERSION) {
      return Optional.empty();
    }
    String[] texts = new String[3]; // model, recipe, limits
    for (int i = 0; i < texts.length; i++) {
      String text = text(in);
      if (text == null) {
        return Optional.empty();
      }
      texts[i] = text;
    }
    CheckpointPlan own = new CheckpointPlan("", texts[0], texts[1], texts[2]);
    byte[] start = Arrays.copyOf(in.array(), in.position() + Integer.BYTES);
    in.getInt();
    return Arrays.equals(header(own), start) ? Optional.of(own) : Optional.empty();
  }

  private static Staged.Finished record(ByteBuffer in) {
    boolean embedded = in.get() == EMBEDDED;
    String id = whole(in);
    String hash = whole(in);
    if (!embedded) {
      Outcome outcome =
          new Outcome.Quarantined(
              id, whole(in), Rejected.Reason.valueOf(whole(in)), whole(in), text(in));
      return new Staged.Finished(outcome, NO_COLUMNS, hash);
    }
    float[] embedding = new float[in.getInt()];
    in.asFloatBuffer().get(embedding);
    in.position(in.position() + embedding.length * Float.BYTES);
    Fused fused = new Fused(embedding, counts(in), counts(in), hash);
    return new Staged.Finished(new Outcome.Embedded(id, fused), NO_COLUMNS);
  }

  private static @Nullable String text(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      return null;
    }
    byte[] utf8 = new byte[length];
    in.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static String whole(ByteBuffer in) {
    return Objects.requireNonNull(text(in));
  }

  private static SortedMap<String, Long> counts(ByteBuffer in) {
    SortedMap<String, Long> counts = new TreeMap<>();
    for (int n = in.getInt(); n > 0; n--) {
      counts.put(whole(in), in.getLong());
    }
    return counts;
  }

  /** Of a length and what follows its checksum. */
  private static int crc(byte[] bytes, int start, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, start, Integer.BYTES);
    crc.update(bytes, start + 2 * Integer.BYTES, length);
    return (int) crc.getValue();
  }

  /** What is written. */
  private static final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes raw(byte... bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Bytes number(int value) {
      return raw(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    Bytes text(@Nullable String text) {
      if (text == null) {
        return number(-1);
      }
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return number(utf8.length).raw(utf8);
    }

    Bytes counts(Map<String, Long> counts) {
      number(counts.size());
      counts.forEach(
          (name, n) -> text(name).raw(ByteBuffer.allocate(Long.BYTES).putLong(n).array()));
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
