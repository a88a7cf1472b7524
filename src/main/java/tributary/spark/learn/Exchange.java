package tributary.spark.learn;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tributary.base.Reason;
import tributary.learn.LearningStopped;
import tributary.spark.learn.Message.Header;
import tributary.spark.learn.Message.Kind;

/**
 * What the tasks of one attempt give each other, step by step: one per task, used by its thread.
 * All tasks call the same methods in the same order; one that doesn't is an error with both sides.
 * By reference inside a JVM, by the room's wire between them; the sums have the same bits for any
 * number of tasks and wherever they run.
 */
final class Exchange implements AutoCloseable {
  /** Floats of a piece: small enough for a cache, large enough that its header costs nothing. */
  static final int PIECE = 1 << 18;

  private final Room room;
  private final Inbox inbox;
  private final Share share;
  private final Runnable alive;
  private final Duration patience;
  private final Sums.Pieces pieces;
  private long step;
  private long round;

  /**
   * @param room that all tasks of this JVM have entered, and that knows all others
   * @param alive asked while waiting; throws where the task is to end
   * @param patience how long to wait for another task
   */
  Exchange(Room room, Share share, Runnable alive, Duration patience) {
    this.room = room;
    this.share = share;
    this.inbox = room.inbox(share.task());
    this.alive = alive;
    this.patience = patience;
    this.pieces = new Sums.Pieces(Math.max(2, share.tasks()), PIECE);
  }

  /** Which step the following exchanges belong to. */
  void at(long learning) {
    step = learning;
  }

  /**
   * What every shard gave, in order of shards; equal in all tasks.
   *
   * @param own of this task's shards, in order; not changed before the step's {@link #sum(float[])}
   */
  List<float[]> gather(List<float[]> own) {
    round++;
    for (int i = 0; i < own.size(); i++) {
      float[] x = own.get(i);
      room.tell(
          Message.floats(header(Kind.OUTPUT, Message.ALL, share.first() + i, x.length), x, 0));
    }
    List<float[]> all = new ArrayList<>(share.shards());
    for (int shard = 0; shard < share.shards(); shard++) {
      int task = shard / share.size();
      all.add(
          task == share.task()
              ? own.get(shard - share.first())
              : take(task, Kind.OUTPUT, shard, -1).floats());
    }
    return all;
  }

  /**
   * The sum over all tasks, in place. Task t adds the t-th range of all vectors up the tree and
   * gives the result to all: each element is added once, by one task.
   *
   * @param gradient [P] of the own subtree
   */
  void sum(float[] gradient) {
    round++;
    if (share.tasks() == 1) {
      return;
    }
    int p = gradient.length;
    for (int i = 1; i < share.tasks(); i++) {
      int owner = (share.task() + i) % share.tasks();
      for (int at = start(owner, p); at < start(owner + 1, p); at += PIECE) {
        int length = Math.min(PIECE, start(owner + 1, p) - at);
        room.tell(Message.floats(header(Kind.PART, owner, at, length), gradient, at));
      }
    }
    addOwnRange(gradient);
    for (int i = 1; i < share.tasks(); i++) {
      int owner = (share.task() + i) % share.tasks();
      for (int at = start(owner, p); at < start(owner + 1, p); at += PIECE) {
        int length = Math.min(PIECE, start(owner + 1, p) - at);
        Message total = take(owner, Kind.TOTAL, at, length);
        System.arraycopy(total.floats(), total.offset(), gradient, at, length);
      }
    }
    letRead();
  }

  private void addOwnRange(float[] gradient) {
    int end = start(share.task() + 1, gradient.length);
    for (int at = start(share.task(), gradient.length); at < end; at += PIECE) {
      int length = Math.min(PIECE, end - at);
      for (int task = 0; task < share.tasks(); task++) {
        if (task == share.task()) {
          pieces.set(task, gradient, at);
        } else {
          Message part = take(task, Kind.PART, at, length);
          pieces.set(task, part.floats(), part.offset());
        }
      }
      pieces.sum(gradient, at, length);
      room.tell(Message.floats(header(Kind.TOTAL, Message.ALL, at, length), gradient, at));
    }
  }

  /** The own range is read by reference in this JVM: it is not changed before all have done so. */
  private void letRead() {
    for (int task : room.neighbours(share.task())) {
      room.tell(Message.empty(header(Kind.READ, task, 0, 0)));
    }
    for (int task : room.neighbours(share.task())) {
      take(task, Kind.READ, 0, 0);
    }
  }

  private int start(int task, int parameters) {
    return (int) ((long) parameters * task / share.tasks());
  }

  /**
   * The sum over all tasks, up the tree.
   *
   * @param own the sum of the own subtree
   */
  double[] sum(double[] own) {
    round++;
    // A copy: the others read it whenever they come to it.
    double[] given = own.clone();
    room.tell(Message.doubles(header(Kind.LOSSES, Message.ALL, 0, given.length), given));
    List<double[]> all = new ArrayList<>(share.tasks());
    for (int task = 0; task < share.tasks(); task++) {
      all.add(task == share.task() ? given : take(task, Kind.LOSSES, 0, given.length).doubles());
    }
    return Sums.doubles(all);
  }

  /** Returns when all tasks are here. */
  void barrier() {
    round++;
    room.tell(Message.empty(header(Kind.BARRIER, Message.ALL, 0, 0)));
    for (int task = 0; task < share.tasks(); task++) {
      if (task != share.task()) {
        take(task, Kind.BARRIER, 0, 0);
      }
    }
  }

  /** Wakes all tasks, wherever they wait: they fail with what this one says. */
  void abort(Throwable why) {
    room.tell(Message.text(Kind.ABORT, share.task(), Reason.of(why)));
  }

  /** Wakes all tasks, wherever they wait: they end with {@link LearningStopped}. */
  void stop(String why) {
    room.tell(Message.text(Kind.STOP, share.task(), why));
  }

  private Header header(Kind kind, int to, int at, int length) {
    return new Header(kind, share.task(), to, step, round, at, length);
  }

  private Message take(int task, Kind kind, int at, int length) {
    Message m = inbox.take(task, alive, patience);
    Header h = m.header();
    int expectedLength = length < 0 ? h.length() : length;
    Header due = new Header(kind, task, h.to(), step, round, at, expectedLength);
    if (!h.equals(due)) {
      throw new ExchangeFailed(task, h.line() + " (expected " + due.line() + ")");
    }
    return m;
  }

  /** Leaves the room; the last task of the JVM closes it. */
  @Override
  public void close() {
    room.leave(share.task());
  }
}
