package tributary.write;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tributary.read.Rejected;
import tributary.record.Fused;

/**
 * What comes of one record: a row of the output table, or one of the quarantine table. Never
 * neither, never both. Made in a task.
 */
public sealed interface Outcome {
  /** The value for the case that it is. */
  <T> T match(Function<Embedded, T> embedded, Function<Quarantined, T> quarantined);

  /** A record with its embedding. */
  record Embedded(String id, Fused fused) implements Outcome {
    @Override
    public <T> T match(Function<Embedded, T> embedded, Function<Quarantined, T> quarantined) {
      return embedded.apply(this);
    }
  }

  /**
   * The reason why there is no embedding.
   *
   * @param id null where the record has none
   * @param column as the user named it; empty where no single column is at fault
   * @param detail what a person needs to find the fault
   * @param payloadDigest SHA-256 of what couldn't be read, hex; null where it can't be had
   * @param passing whether another try may not meet it; known where the record was read, no row
   *     tells it
   */
  record Quarantined(
      @Nullable String id,
      String column,
      Rejected.Reason reason,
      String detail,
      @Nullable String payloadDigest,
      boolean passing)
      implements Outcome {

    /** Whose reason tells whether it may pass. */
    public Quarantined(
        @Nullable String id,
        String column,
        Rejected.Reason reason,
        String detail,
        @Nullable String payloadDigest) {
      this(id, column, reason, detail, payloadDigest, reason.isPassing());
    }

    public Quarantined(
        @Nullable String id, String column, Rejected why, @Nullable String payloadDigest) {
      this(id, column, why.reason(), why.detail(), payloadDigest, why.isPassing());
    }

    @Override
    public <T> T match(Function<Embedded, T> embedded, Function<Quarantined, T> quarantined) {
      return quarantined.apply(this);
    }
  }
}
