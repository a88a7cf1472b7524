package tributary.learn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Losses by name, as sums with counts, so that shards' add up: [sum, count] of each name, in the
 * order of the names. Immutable, for all threads.
 *
 * <p>Names are `OBJECTIVE` for an objective's own loss and `OBJECTIVE/PART` for a modality's part.
 * What is no loss, since more of it is better, is a measure: {@link #ACCURACY}.
 */
public final class Measures {
  static final String MASKED = "masked";
  static final String FUSED = "fused-contrastive";
  static final String MODALITIES = "modalities-contrastive";
  static final String CLASSES = "classification";

  /** Share of the records whose class was told right; no loss. */
  static final String ACCURACY = "accuracy";

  /** The part of fused contrast that compares all modalities with all. */
  static final String ALL = "all";

  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> places = new LinkedHashMap<>();

  /**
   * @param modalities of the model, sorted
   */
  public Measures(Objectives objectives, List<String> modalities) {
    if (objectives.masked() > 0) {
      add(MASKED);
      modalities.forEach(m -> add(MASKED + "/" + m));
    }
    if (objectives.fusedContrastive() > 0) {
      add(FUSED + "/" + ALL);
      modalities.forEach(m -> add(FUSED + "/" + m));
    }
    if (objectives.modalitiesContrastive() > 0) {
      for (int i = 0; i < modalities.size(); i++) {
        for (int j = i + 1; j < modalities.size(); j++) {
          add(MODALITIES + "/" + pair(modalities.get(i), modalities.get(j)));
        }
      }
    }
    if (objectives.classification() > 0) {
      add(CLASSES);
      add(ACCURACY);
    }
  }

  static String pair(String one, String other) {
    return one + "~" + other;
  }

  private void add(String name) {
    places.put(name, names.size());
    names.add(name);
  }

  /** Every measure's name. */
  public List<String> names() {
    return List.copyOf(names);
  }

  /** Length of the sums. */
  public int length() {
    return 2 * names.size();
  }

  /** Adds a loss to sums [length]. */
  void add(double[] sums, String name, double loss) {
    Integer place = places.get(name);
    if (place != null) {
      sums[2 * place] += loss;
      sums[2 * place + 1]++;
    }
  }

  /**
   * Means by name.
   *
   * @param losses which are to fall
   * @param measures of what they are to teach
   */
  public record Means(SortedMap<String, Double> losses, SortedMap<String, Double> measures) {
    /** Whether there was nothing to take a mean of. */
    public boolean isEmpty() {
      return losses.isEmpty() && measures.isEmpty();
    }
  }

  /** The means of a step that has been taken. */
  public Means means(double[] sums) {
    return means(sums, 0);
  }

  /** Those of the validation after the step: empty where there was none. */
  public Means validation(double[] sums) {
    return means(sums, length());
  }

  private Means means(double[] sums, int from) {
    Means means = new Means(new TreeMap<>(), new TreeMap<>());
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      double count = sums[from + 2 * i + 1];
      if (count > 0) {
        (name.equals(ACCURACY) ? means.measures() : means.losses())
            .put(name, sums[from + 2 * i] / count);
      }
    }
    return means;
  }
}
