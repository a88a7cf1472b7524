package tributary.learn;

import java.io.Serializable;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import tributary.base.Invalid;

/**
 * Which modalities a view of a record keeps: each is dropped with its own probability, never all. A
 * modality is dropped where its uniform draw u is below its probability p. Were all dropped, the
 * one with the smallest u / p remains (of equal ones the first by name): given that all are
 * dropped, u / p is uniform, so each is as likely to remain.
 *
 * <p>A pure function of the stream; a modality's draw depends on its name alone.
 *
 * @param probabilities by modality, at least 0 and below 1
 */
public record ModalityDropout(SortedMap<String, Double> probabilities) implements Serializable {

  public ModalityDropout {
    probabilities = new TreeMap<>(probabilities);
    probabilities.forEach(
        (name, p) -> {
          if (!(p >= 0 && p < 1)) {
            throw Invalid.argument("dropout." + name, p, "at least 0 and below 1");
          }
        });
  }

  /** Of probabilities by modality. */
  public static ModalityDropout of(Map<String, Double> probabilities) {
    return new ModalityDropout(new TreeMap<>(probabilities));
  }

  /**
   * One probability for the longest modality (of equal ones the first by name), another one for the
   * rest.
   *
   * @param tokens of each modality, such as the mean over records
   */
  public static ModalityDropout byLength(
      Map<String, ? extends Number> tokens, double longestIs, double othersAre) {
    SortedMap<String, Double> probabilities = new TreeMap<>();
    String longest = "";
    double most = -1;
    for (Map.Entry<String, ? extends Number> e : new TreeMap<>(tokens).entrySet()) {
      if (e.getValue().doubleValue() > most) {
        longest = e.getKey();
        most = e.getValue().doubleValue();
      }
      probabilities.put(e.getKey(), othersAre);
    }
    probabilities.computeIfPresent(longest, (name, p) -> longestIs);
    return new ModalityDropout(probabilities);
  }

  /**
   * Those that remain: at least one where one is present.
   *
   * @param random of {@link Purpose#MODALITIES}
   * @param present modalities of the record; each has a probability
   */
  public SortedSet<String> draw(CounterRandom random, Collection<String> present) {
    SortedSet<String> kept = new TreeSet<>();
    String last = "";
    double least = Double.POSITIVE_INFINITY;
    for (String name : new TreeSet<>(present)) {
      Double p = probabilities.get(name);
      if (p == null) {
        throw Invalid.argument("dropout." + name, "none", "a probability for each modality");
      }
      double u = random.child(name).uniform(0);
      if (u >= p) {
        kept.add(name);
      } else if (u / p < least) {
        least = u / p;
        last = name;
      }
    }
    if (kept.isEmpty() && !present.isEmpty()) {
      kept.add(last);
    }
    return kept;
  }
}
