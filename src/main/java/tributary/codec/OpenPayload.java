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
   * Opens it. A refusal by a process whose memory others have filled, or its end, need not be the
   * payload's fault: a new one is asked once more.
   *
   * @param kind one of {@link Wire#SOUND} and its siblings
   * @param rate frames of video a second, else 0
   * @throws IOException where no process can start
   * @throws tributary.read.Rejected where it can't be decoded
   */
  static OpenPayload of(CodecPool pool, byte kind, double rate, byte[] payload, Reasons reasons)
      throws IOException {
    CodecProcess process = pool.take();
    try {
      try {
        return opened(pool, process, kind, rate, payload, reasons);
      } catch (CodecProcess.Refusal e) {
        if (process.served() == 1 || !process.isFull()) {
          pool.give(process);
          throw reasons.refused(e);
        }
        process.close();
      } catch (CodecProcess.Lost e) {
        if (e.byLimit()) {
          throw reasons.lost(e);
        }
      }
      process = pool.fresh();
      return opened(pool, process, kind, rate, payload, reasons);
    } catch (CodecProcess.Refusal e) {
      pool.give(process);
      throw reasons.refused(e);
    } catch (CodecProcess.Lost e) {
      throw reasons.lost(e);
    }
  }

  private static OpenPayload opened(
      CodecPool pool, CodecProcess process, byte kind, double rate, byte[] payload, Reasons reasons)
      throws CodecProcess.Refusal, CodecProcess.Lost {
    Container container = reasons.container();
    process.open(kind, container.demuxer(), container.decoder(), rate, payload);
    return new OpenPayload(pool, reasons, process);
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
    } catch (RuntimeException | Error e) {
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
