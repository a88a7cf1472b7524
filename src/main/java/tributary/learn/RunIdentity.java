package tributary.learn;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tributary.base.Sha256;

/**
 * What decides a learning run's weights: two runs with equal identities end with equal bits. Tasks,
 * executors, folders and how often a checkpoint is written are no part of it.
 *
 * @param model hash of the model's configuration, or of the model that learning starts from
 * @param seed of all that is random
 * @param order what the order of the data follows from: records, how many, which table
 * @param configuration every setting that can change a weight, by key
 */
public record RunIdentity(
    String model, long seed, String order, SortedMap<String, String> configuration)
    implements Serializable {
  public RunIdentity {
    configuration = Collections.unmodifiableSortedMap(new TreeMap<>(configuration));
  }

  /** Of settings in any map. */
  public static RunIdentity of(
      String model, long seed, String order, Map<String, String> configuration) {
    return new RunIdentity(model, seed, order, new TreeMap<>(configuration));
  }

  /** SHA-256, hex, of all of it: each name and each value with its length. */
  public String hash() {
    StringBuilder text = new StringBuilder();
    all().forEach((key, value) -> append(append(text, key), value));
    return Sha256.hex(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static StringBuilder append(StringBuilder text, String part) {
    return text.append(part.length()).append(':').append(part);
  }

  /**
   * What differs, one line per key: `KEY: ours THIS, the checkpoint's THAT`. Empty for equal ones.
   */
  public List<String> differences(RunIdentity checkpoint) {
    SortedMap<String, String> ours = all();
    SortedMap<String, String> theirs = checkpoint.all();
    TreeSet<String> keys = new TreeSet<>(ours.keySet());
    keys.addAll(theirs.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      String our = ours.getOrDefault(key, "none");
      String their = theirs.getOrDefault(key, "none");
      if (!our.equals(their)) {
        differences.add(key + ": ours " + our + ", the checkpoint's " + their);
      }
    }
    return differences;
  }

  /** All as texts by name; settings have a prefix, so that none is in the way of the others. */
  private SortedMap<String, String> all() {
    SortedMap<String, String> all = new TreeMap<>();
    configuration.forEach((key, value) -> all.put("configuration." + key, value));
    all.put("model", model);
    all.put("order", order);
    all.put("seed", Long.toString(seed));
    return all;
  }
}
