package tributary.tools.onnxcheck;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import tributary.base.Invalid;
import tributary.encode.Encoder;
import tributary.merge.Node;
import tributary.model.ModalitySpec;
import tributary.models.elastic.ElasticConfig;
import tributary.split.Subsequence;
import tributary.tools.onnxcheck.OnnxSession.Input;

/**
 * The elastic hierarchy with every step in ONNX Runtime, on the graphs that {@link
 * tributary.models.OnnxExport} wrote; what ONNX Runtime's users would write: equal groups together
 * in one call, whatever the other groups are. So its bits depend on the batch, unlike the project's
 * own encoder's, and its memory in {@link #finish} on the number of nodes. JVM-wide.
 */
public final class OnnxEncoder implements Encoder {
  private final ElasticConfig config;
  private final long subsequenceTokens;
  private final int batch;
  private final Map<String, OnnxSession> steps = new LinkedHashMap<>();

  /**
   * @param folder of the graphs
   * @param subsequenceTokens where the split cuts: as for the encoder that it is compared with
   * @param batch groups of a call, at most
   */
  public OnnxEncoder(ElasticConfig config, Path folder, long subsequenceTokens, int batch) {
    this.config = config;
    this.subsequenceTokens = subsequenceTokens;
    this.batch = batch;
    List<String> graphs = new ArrayList<>(List.of("merge", "fusion"));
    config.modalities().keySet().forEach(n -> graphs.add("leaf." + n));
    for (int i = 1; i < config.levels().size(); i++) {
      graphs.add("level." + i);
    }
    graphs.forEach(g -> steps.put(g, new OnnxSession(folder.resolve(g + ".onnx"), 1)));
  }

  private OnnxSession step(String name) {
    OnnxSession step = steps.get(name);
    if (step == null) {
      throw Invalid.argument("step", name, steps.keySet().toString());
    }
    return step;
  }

  @Override
  public long subsequenceTokens() {
    return subsequenceTokens;
  }

  @Override
  public int embeddingDim() {
    return config.embeddingDim();
  }

  @Override
  public List<Node> encode(List<Subsequence> subsequences) {
    List<List<Sub>> latents = leaves(subsequences);
    int[] level = new int[subsequences.size()];
    long leaves = subsequenceTokens / config.groupSize();
    for (int i = 1; leaves > 1; i++, leaves /= config.fanIn()) {
      List<List<Sub>> siblings = new ArrayList<>();
      for (int k = 0; k < level.length; k++) {
        boolean root = subsequences.get(k).index() == 0 && latents.get(k).size() == 1;
        if (!(root && i >= config.levels().size())) {
          siblings.addAll(siblings(latents.get(k)));
          level[k] = i;
        }
      }
      Iterator<Sub> parents = parents(i, siblings).iterator();
      for (int k = 0; k < level.length; k++) {
        if (level[k] == i) {
          latents.set(k, take(parents, ceil(latents.get(k).size(), config.fanIn())));
        }
      }
    }
    List<Node> nodes = new ArrayList<>();
    for (int k = 0; k < level.length; k++) {
      Subsequence s = subsequences.get(k);
      nodes.add(
          new Node(s.modality(), level[k], s.index(), s.tokens(), latents.get(k).get(0).latents()));
    }
    return nodes;
  }

  /** A node's latents and its tokens. */
  private record Sub(float[] latents, long tokens) {}

  private List<List<Sub>> leaves(List<Subsequence> subsequences) {
    Map<String, List<Group>> groups = new LinkedHashMap<>();
    for (Subsequence s : subsequences) {
      ModalitySpec spec = config.modality(s.modality());
      List<Group> own = groups.computeIfAbsent(s.modality(), m -> new ArrayList<>());
      Object rows = Columns.flat(s, spec);
      for (int at = 0; at < s.tokens(); at += config.groupSize()) {
        own.add(new Group(rows, at, Math.min(config.groupSize(), s.tokens() - at)));
      }
    }
    Map<String, Iterator<float[]>> done = new LinkedHashMap<>();
    groups.forEach(
        (m, own) -> {
          ModalitySpec spec = config.modality(m);
          OnnxSession leaf = step("leaf." + m);
          done.put(
              m,
              batched(
                      own,
                      g -> g.length,
                      some -> {
                        int n = some.get(0).length;
                        return leaf.run(Map.of("tokens", Columns.input(some, n, spec)));
                      })
                  .iterator());
        });
    List<List<Sub>> latents = new ArrayList<>();
    for (Subsequence s : subsequences) {
      Iterator<float[]> next = done.getOrDefault(s.modality(), Collections.emptyIterator());
      List<Sub> own = new ArrayList<>();
      for (int at = 0; at < s.tokens(); at += config.groupSize()) {
        own.add(new Sub(next.next(), Math.min(config.groupSize(), s.tokens() - at)));
      }
      latents.add(own);
    }
    return latents;
  }

  /** A leaf group: rows [from, from + length) of a subsequence's tokens. */
  record Group(Object rows, int from, int length) {}

  private List<Sub> parents(int i, List<List<Sub>> siblings) {
    OnnxSession step = step(i < config.levels().size() ? "level." + i : "merge");
    int width = config.level(i - 1).channels();
    List<float[]> latents =
        batched(
            siblings,
            List::size,
            some -> {
              int count = some.get(0).size();
              int size = some.get(0).get(0).latents().length;
              float[] all = new float[some.size() * count * size];
              float[] fills = new float[some.size() * count];
              int at = 0;
              for (List<Sub> set : some) {
                for (Sub child : set) {
                  System.arraycopy(child.latents(), 0, all, at * size, size);
                  fills[at++] = (float) (child.tokens() / config.capacity(i - 1));
                }
              }
              Map<String, Input> inputs = new LinkedHashMap<>();
              inputs.put("children", new Input(all, some.size(), count, size / width, width));
              if (config.proportional()) {
                inputs.put("fills", new Input(fills, some.size(), count));
              }
              return step.run(inputs);
            });
    List<Sub> parents = new ArrayList<>();
    for (int k = 0; k < siblings.size(); k++) {
      long tokens = siblings.get(k).stream().mapToLong(Sub::tokens).sum();
      parents.add(new Sub(latents.get(k), tokens));
    }
    return parents;
  }

  private interface Shape<T> {
    int of(T group);
  }

  private interface Call<T> {
    float[] run(List<T> groups);
  }

  /** Groups of equal shape in calls of at most `batch`; results in the order of the groups. */
  private <T> List<float[]> batched(List<T> groups, Shape<T> shape, Call<T> call) {
    Map<Integer, List<Integer>> sets = new TreeMap<>();
    for (int k = 0; k < groups.size(); k++) {
      sets.computeIfAbsent(shape.of(groups.get(k)), n -> new ArrayList<>()).add(k);
    }
    float[][] out = new float[groups.size()][];
    for (List<Integer> set : sets.values()) {
      for (int from = 0; from < set.size(); from += batch) {
        List<Integer> some = set.subList(from, Math.min(set.size(), from + batch));
        float[] all = call.run(some.stream().map(groups::get).toList());
        int size = all.length / some.size();
        for (int k = 0; k < some.size(); k++) {
          out[some.get(k)] = Arrays.copyOfRange(all, k * size, (k + 1) * size);
        }
      }
    }
    return Arrays.asList(out);
  }

  private List<List<Sub>> siblings(List<Sub> nodes) {
    IntFunction<List<Sub>> set =
        k -> nodes.subList(k * config.fanIn(), Math.min(nodes.size(), (k + 1) * config.fanIn()));
    List<List<Sub>> sets = new ArrayList<>();
    for (int k = 0; k < ceil(nodes.size(), config.fanIn()); k++) {
      sets.add(set.apply(k));
    }
    return sets;
  }

  private static List<Sub> take(Iterator<Sub> from, int n) {
    List<Sub> some = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      some.add(from.next());
    }
    return some;
  }

  private static int ceil(int a, int b) {
    return (a + b - 1) / b;
  }

  @Override
  public float[] finish(Map<String, Iterator<Node>> nodes) {
    SortedMap<String, float[]> roots = new TreeMap<>();
    nodes.forEach(
        (m, own) -> {
          if (own.hasNext()) {
            roots.put(m, root(own));
          }
        });
    return step("fusion").run(FusionInputs.of(config, roots));
  }

  private float[] root(Iterator<Node> own) {
    Node first = own.next();
    int level = first.level();
    List<Sub> nodes = new ArrayList<>(List.of(new Sub(first.latents(), first.tokens())));
    own.forEachRemaining(n -> nodes.add(new Sub(n.latents(), n.tokens())));
    return root(level, nodes);
  }

  private float[] root(int from, List<Sub> all) {
    int level = from;
    List<Sub> nodes = all;
    while (level < config.levels().size() - 1 || nodes.size() > 1) {
      nodes = parents(++level, siblings(nodes));
    }
    return nodes.get(0).latents();
  }

  @Override
  public void close() {
    steps.values().forEach(OnnxSession::close);
  }
}
