package tributary.codec;

import java.io.DataInputStream;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicReference;
import tributary.read.Container;

/**
 * A payload that is open in a process. Where its reader forgets to close it, the process ends when
 * the garbage collector finds out.
 */
final class OpenPayload implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final CodecPool pool;
  private final Reasons reasons;
  private final AtomicReference<CodecProcess> process;
  private final Cleaner.Cleanable cleanable;

  private OpenPayload(CodecPool pool, Reasons reasons, CodecProcess process) {
    this.pool = pool;
    this.reasons = reasons;
    AtomicReference<CodecProcess> held = new AtomicReference<>(process);
    this.process = held;
    this.cleanable =
        CLEANER.register(
            this,
            () -> {
              CodecProcess forgotten = held.getAndSet(null);
              if (forgotten != null) {
                forgotten.close();
              }
            });
  }

  /**
   * Opens it. A process that is lost may have been ended by something else than the payload: it is
   * tried once more in another.
   *
   * @param kind one of {@link Wire#SOUND} and its siblings
   * @param rate frames of video a second, else 0
   * @throws IOException where no process can start
   * @throws tributary.read.Rejected where it can't be decoded
   */
  static OpenPayload of(CodecPool pool, byte kind, double rate, byte[] payload, Reasons reasons)
      throws IOException {
    for (boolean again = false; ; again = true) {
      CodecProcess process = pool.take();
      Container container = reasons.container();
      try {
        process.open(kind, container.demuxer(), container.decoder(), rate, payload);
        return new OpenPayload(pool, reasons, process);
      } catch (CodecProcess.Refusal e) {
        pool.give(process);
        throw reasons.refused(e);
      } catch (CodecProcess.Lost e) {
        if (again || e.byLimit()) {
          throw reasons.lost(e);
        }
      }
    }
  }

  /** Which of {@link Wire}'s answers comes next. */
  byte next() {
    CodecProcess open = open();
    try {
      return open.next();
    } catch (CodecProcess.Refusal e) {
      process.set(null);
      pool.give(open);
      throw reasons.refused(e);
    } catch (CodecProcess.Lost e) {
      process.set(null);
      throw reasons.lost(e);
    }
  }

  /** What reads a part of an answer. */
  interface Part<T> {
    T read(DataInputStream in) throws IOException;
  }

  /** Reads what goes with the last answer. */
  <T> T read(Part<T> part) {
    CodecProcess open = open();
    try {
      return open.watched(() -> part.read(open.in()));
    } catch (CodecProcess.Lost e) {
      process.set(null);
      throw reasons.lost(e);
    } catch (RuntimeException e) {
      // The rest of the answer is in the way of any other.
      process.set(null);
      open.close();
      throw e;
    }
  }

  private CodecProcess open() {
    CodecProcess open = process.get();
    if (open == null) {
      throw reasons.corrupt("it is closed");
    }
    return open;
  }

  @Override
  public void close() {
    CodecProcess open = process.getAndSet(null);
    cleanable.clean();
    if (open == null) {
      return;
    }
    try {
      open.closeOpened();
      pool.give(open);
    } catch (CodecProcess.Lost e) {
      // It has ended, and nothing more is wanted of it.
    }
  }
}
