package tributary.spark.learn;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The rooms of a JVM, by run and attempt, while a task is in them. JVM-wide, for all threads. */
final class Rooms {
  private static final Map<Key, Room> OPEN = new HashMap<>();

  private record Key(UUID run, int attempt) {}

  private Rooms() {}

  /** The room that the tasks of this JVM share; the first one opens it. */
  static Room enter(UUID run, int attempt, int task, int tasks) {
    synchronized (OPEN) {
      Room room =
          OPEN.computeIfAbsent(
              new Key(run, attempt), key -> new Room(new Frames(run, attempt), tasks));
      room.enter(task);
      return room;
    }
  }

  /**
   * Nobody enters any more once a task of the attempt has left: a later attempt has another one.
   */
  static void forget(UUID run, int attempt) {
    synchronized (OPEN) {
      OPEN.remove(new Key(run, attempt));
    }
  }

  /** How many are open. */
  static int open() {
    synchronized (OPEN) {
      return OPEN.size();
    }
  }
}
