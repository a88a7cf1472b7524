package tributary.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** The known key that a misspelt one was probably meant to be. */
public final class Nearest {
  private Nearest() {}

  /**
   * The known key with the least edit distance (Levenshtein; case, `-` and `_` make no difference);
   * the first of several. Empty only where nothing is known.
   */
  public static Optional<String> nearest(String key, Collection<String> known) {
    String plain = plain(key);
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String k : known) {
      int d = distance(plain, plain(k));
      if (d < least) {
        least = d;
        best = k;
      }
    }
    return Optional.ofNullable(best);
  }

  /** The rule of an unknown key: `unknown key, did you mean x?`. */
  public static String rule(String key, Collection<String> known) {
    return nearest(key, known)
        .map(n -> "unknown key, did you mean " + n + "?")
        .orElse("unknown key, none is known here");
  }

  private static String plain(String key) {
    return key.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
