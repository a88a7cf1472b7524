package tributary.model;

import java.util.Map;
import java.util.regex.Pattern;
import tributary.config.Problems;

/** Checks that both encoders' configurations share. */
public final class ModelChecks {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");

  private ModelChecks() {}

  public static void atLeast(String key, int value, int least, Problems problems) {
    if (value < least) {
      problems.invalid(key, value, "a whole number >= " + least);
    }
  }

  public static void modalities(
      String prefix, Map<String, ModalitySpec> modalities, Problems problems) {
    if (modalities.isEmpty()) {
      problems.invalid(prefix + "modalities", "none", "at least one");
    }
    modalities.forEach(
        (name, spec) -> {
          if (!NAME.matcher(name).matches()) {
            problems.invalid(
                prefix + "modalities", name, "a name of letters, digits, underscores and dashes");
          }
          ModalityFields.check(prefix + "modalities." + name, spec, problems);
        });
  }
}
