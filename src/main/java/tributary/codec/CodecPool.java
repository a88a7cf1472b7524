package tributary.codec;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import tributary.config.JobConfig.Codecs;

/**
 * The codec processes of this JVM that nobody uses, by their limits: a task takes one for each
 * payload that it has open and gives it back, so there are as many as payloads were ever open at a
 * time. One that has been idle for a minute ends.
 */
final class CodecPool {
  private static final long IDLE_NANOSECONDS = TimeUnit.SECONDS.toNanos(60);
  private static final Map<Codecs, CodecPool> POOLS = new ConcurrentHashMap<>();

  private record Idle(CodecProcess process, long since) {}

  private final Codecs limits;
  private final Deque<Idle> idle = new ArrayDeque<>();

  private CodecPool(Codecs limits) {
    this.limits = limits;
  }

  static CodecPool of(Codecs limits) {
    return POOLS.computeIfAbsent(limits, CodecPool::new);
  }

  /**
   * One that is idle, or a new one.
   *
   * @throws IOException where none can start
   */
  CodecProcess take() throws IOException {
    synchronized (idle) {
      for (Idle last = idle.pollLast(); last != null; last = idle.pollLast()) {
        if (last.process().isAlive()) {
          return last.process();
        }
        last.process().close();
      }
    }
    return fresh();
  }

  /**
   * A new one.
   *
   * @throws IOException where none can start
   */
  CodecProcess fresh() throws IOException {
    return CodecProcess.start(limits);
  }

  /** Takes one back, with nothing open; ends one whose memory what it served has filled. */
  void give(CodecProcess process) {
    if (process.isFull()) {
      process.close();
      return;
    }
    synchronized (idle) {
      idle.addLast(new Idle(process, System.nanoTime()));
    }
  }

  /** Ends what nobody has used for a while. */
  static void endIdle() {
    POOLS.values().forEach(CodecPool::endLongIdle);
  }

  private void endLongIdle() {
    synchronized (idle) {
      Iterator<Idle> each = idle.iterator();
      while (each.hasNext()) {
        Idle one = each.next();
        if (System.nanoTime() - one.since() > IDLE_NANOSECONDS) {
          each.remove();
          one.process().close();
        }
      }
    }
  }
}
