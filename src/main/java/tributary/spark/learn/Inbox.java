package tributary.spark.learn;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import tributary.learn.LearningStopped;
import tributary.spark.learn.Message.Kind;

/**
 * What others gave one task, a queue for each of them: senders are in lockstep, so the next message
 * of a sender is the one that is due. Filled by tasks of the JVM and by the wire's threads, emptied
 * by the task's.
 */
final class Inbox {
  /** How often a waiting task looks whether Spark wants it to end. */
  private static final long LOOK_MILLIS = 100;

  private final List<Queue<Message>> from = new ArrayList<>();
  private final BitSet left = new BitSet();
  private @Nullable Message end;

  Inbox(int tasks) {
    for (int i = 0; i < tasks; i++) {
      from.add(new ArrayDeque<>());
    }
  }

  synchronized void put(Message message) {
    Kind kind = message.header().kind();
    if (kind == Kind.BYE) {
      left.set(message.header().from());
    } else if (kind == Kind.ABORT || kind == Kind.STOP) {
      end = end == null ? message : end;
    } else {
      from.get(message.header().from()).add(message);
    }
    notifyAll();
  }

  /** No more will come of a task: an end, unless it has said goodbye. */
  synchronized void lost(int task, String reason) {
    if (!left.get(task)) {
      put(Message.text(Kind.ABORT, task, reason));
    }
  }

  /**
   * The next message of a task; what came before an end is still given.
   *
   * @param alive asked now and then; throws where the task is to end
   * @param patience how long to wait
   * @throws ExchangeFailed where none will come, or none came in time
   * @throws LearningStopped where another task says so
   */
  synchronized Message take(int sender, Runnable alive, Duration patience) {
    Queue<Message> queue = from.get(sender);
    long deadline = System.nanoTime() + patience.toNanos();
    while (queue.isEmpty()) {
      alive.run();
      Message ended = end;
      if (ended != null && ended.header().kind() == Kind.STOP) {
        throw new LearningStopped(ended.text());
      }
      if (ended != null) {
        throw new ExchangeFailed(ended.header().from(), ended.text());
      }
      if (left.get(sender)) {
        throw new ExchangeFailed(sender, "it has ended");
      }
      if (System.nanoTime() - deadline > 0) {
        throw new ExchangeFailed(sender, "nothing came in " + patience.toSeconds() + " s");
      }
      try {
        wait(LOOK_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ExchangeFailed(sender, "interrupted");
      }
    }
    return queue.remove();
  }
}
