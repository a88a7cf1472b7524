package tributary.spark.learn;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import tributary.learn.LearningStopped;

/**
 * What happens to one task in the first attempt, once.
 *
 * @param what happens there; NONE for nothing
 * @param marker a file that is there once it has happened, with the process's number
 */
record Trouble(What what, Phase phase, int task, long step, String marker) implements Serializable {
  enum What {
    NONE,
    /** kill -9 of the JVM. */
    KILL,
    THROW,
    /** In each attempt. */
    ALWAYS,
    STOP
  }

  enum Phase {
    /** The table's rows come to the task's disk; step 0. */
    LOAD,
    FORWARD,
    EXCHANGE,
    SAVE
  }

  static final Trouble NONE = new Trouble(What.NONE, Phase.FORWARD, 0, 0, "");

  /** As `WHAT-PHASE-TASK-STEP`, or NONE. */
  static Trouble parse(String text, Path marker) {
    if (text.equals("NONE")) {
      return NONE;
    }
    String[] t = text.split("-", -1);
    return new Trouble(
        What.valueOf(t[0]),
        Phase.valueOf(t[1]),
        Integer.parseInt(t[2]),
        Long.parseLong(t[3]),
        marker.toString());
  }

  /** Whether it is still to happen, to that task in that phase of that step. */
  boolean isDue(Phase where, int who, long when) {
    boolean here = what != What.NONE && where == phase && who == task && when == step;
    return here && !Files.exists(Path.of(marker));
  }

  /** Called by a task where it comes to a phase. */
  void in(Phase where, int who, long when) {
    if (what == What.NONE || when != step || where != phase) {
      return;
    }
    if (where == Phase.EXCHANGE) {
      exchange(who);
    } else if (who == task && what == What.ALWAYS) {
      throw new IllegalStateException("Cannot go on: made to fail always");
    } else if (who == task && !Files.exists(Path.of(marker))) {
      happen();
    }
  }

  /** The victim waits for the others' sums when it is killed: they hold theirs back until then. */
  private void exchange(int who) {
    if (who == task && Files.exists(Path.of(marker))) {
      return;
    }
    if (who == task) {
      Thread victim = Thread.currentThread();
      Thread watch =
          new Thread(
              () -> {
                while (Arrays.stream(victim.getStackTrace())
                    .noneMatch(
                        f ->
                            f.getClassName().equals(Exchange.class.getName())
                                && f.getMethodName().equals("sum"))) {
                  Thread.onSpinWait();
                }
                happen();
              });
      watch.setDaemon(true);
      watch.start();
    } else {
      while (!dead()) {
        Thread.onSpinWait();
      }
    }
  }

  private boolean dead() {
    try {
      String pid = Files.exists(Path.of(marker)) ? Files.readString(Path.of(marker)) : "";
      return !pid.isEmpty()
          && !ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).orElse(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void happen() {
    try {
      String pid = Long.toString(ProcessHandle.current().pid());
      Files.writeString(Path.of(marker), pid);
      switch (what) {
        case KILL -> {
          new ProcessBuilder("kill", "-9", pid).start().waitFor();
        }
        case THROW -> throw new IllegalStateException("Cannot go on: made to fail");
        case STOP -> throw new LearningStopped("Cannot go on: loss NaN at step " + step);
        case ALWAYS, NONE -> {}
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
