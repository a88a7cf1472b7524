package tributary.config;

import java.util.ArrayList;
import java.util.List;
import tributary.base.Invalid;

/** Collects what is wrong, so that it is reported together. Lives on the driver. */
public final class Problems {
  private final List<String> found = new ArrayList<>();

  /** Adds `Invalid key: value (rule)`. */
  public void invalid(String key, Object value, String rule) {
    found.add(Invalid.text(key, value, rule));
  }

  /** Adds a whole sentence, such as `Cannot read X: reason`. */
  public void add(String problem) {
    found.add(problem);
  }

  public void addAll(Problems others) {
    found.addAll(others.found);
  }

  public boolean none() {
    return found.isEmpty();
  }

  public List<String> all() {
    return List.copyOf(found);
  }

  /** Throws one {@link Refused} with all problems, if there are any. */
  public void refuse() {
    if (!found.isEmpty()) {
      throw new Refused(all());
    }
  }

  /** Configuration or input refused before the run: exit code 2. */
  public static final class Refused extends RuntimeException {
    private final List<String> problems;

    public Refused(List<String> problems) {
      super(String.join(System.lineSeparator(), problems));
      this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
      return problems;
    }
  }
}
