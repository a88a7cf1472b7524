package tributary.spark;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** What came of many runs. */
final class FaultAccount {
  private final Map<Faults.Fault, int[]> faults = new EnumMap<>(Faults.Fault.class);
  private int runs;
  private int failed;
  private int reruns;
  private long lost;
  private long doubled;
  private long changed;
  private int partly;
  private int left;
  private final List<String> wrong = new ArrayList<>();

  /** A run and what befell it. */
  void run(Faults.Fault fault, boolean hit, boolean done) {
    runs++;
    failed += done ? 0 : 1;
    int[] of = faults.computeIfAbsent(fault, f -> new int[3]);
    of[0]++;
    of[1] += hit ? 1 : 0;
    of[2] += done ? 0 : 1;
  }

  int runs() {
    return runs;
  }

  void rerun() {
    reruns++;
  }

  /** Compares a table that is said to be done; null is one that is not there or can't be read. */
  void compare(
      String what,
      @Nullable SortedMap<String, List<String>> found,
      SortedMap<String, List<String>> right) {
    if (found == null) {
      lost += right.size();
      tell(what + ": no table");
      return;
    }
    right.forEach(
        (id, rows) -> {
          List<String> own = found.getOrDefault(id, List.of());
          lost += own.isEmpty() ? 1 : 0;
          doubled += own.size() > 1 ? 1 : 0;
          changed += own.size() == 1 && !own.equals(rows) ? 1 : 0;
        });
    // One that is to be gone.
    changed += found.keySet().stream().filter(id -> !right.containsKey(id)).count();
    if (!found.equals(right)) {
      tell(what + ": " + found.size() + " ids of " + right.size());
    }
  }

  /** A run that failed has left what is neither the table before nor the one that was to be. */
  void partly(String what) {
    partly++;
    tell(what);
  }

  void left(String what) {
    left++;
    tell(what);
  }

  void tell(String what) {
    wrong.add(what);
    System.out.println("WRONG " + what);
  }

  boolean isRight() {
    return wrong.isEmpty();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%d runs with a fault, %d failed, %d reruns; rows lost %d, doubled %d, changed %d; tables seen in part %d; left behind %d; wrong in all %d%n"
            .formatted(runs, failed, reruns, lost, doubled, changed, partly, left, wrong.size()));
    faults.forEach(
        (fault, n) ->
            text.append("  %s: %d, hit %d, failed %d%n".formatted(fault, n[0], n[1], n[2])));
    return text.toString();
  }
}
