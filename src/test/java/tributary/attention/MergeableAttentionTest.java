package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.attention.MergeableAttention.State;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.TestBackends;

/**
 * Keys in parts, in any order and grouping, give the bits of one part and the floats of a whole, on
 * every backend.
 */
class MergeableAttentionTest {
  private static final Tolerance WHOLE = Tolerance.sum(256, 4);

  /** Opened once: the seeds are many. */
  private static final List<Backend> BACKENDS = TestBackends.all();

  @AfterAll
  static void close() {
    BACKENDS.forEach(Backend::close);
  }

  static LongStream seeds() {
    return LongStream.range(0, 200);
  }

  /**
   * A form with fixed queries: what it does to keys in parts and at once.
   *
   * @param finish of what was attended to
   * @param whole of the keys
   */
  private record Case(
      String name,
      MergeableAttention inParts,
      UnaryOperator<Tensor> finish,
      UnaryOperator<Tensor> whole) {}

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void anyOrderAndGroupingGivesTheBitsOfTheWhole(long seed) {
    Random random = new Random(seed);
    int c = 1 + random.nextInt(9);
    int heads = 1 + random.nextInt(3);
    int n = 1 + random.nextInt(4);
    int m = random.nextInt(60);
    FormFixture f =
        new FormFixture(seed)
            .attention("a", c, c, heads * 2)
            .cross("b", c, c, heads * 3, c)
            .keysAndValues("a.memory", heads, 3, 2)
            .keysAndValues("a.null", heads, 2)
            .branch("v", 5, c, heads)
            .decoderLayer("t", c, 2 * c)
            .bertLayer("h", c, 2 * c);
    float[] q = f.values(n * c);
    float[] token = f.values(2 * 5);
    float[] keys = f.values(m * c);
    for (Backend backend : BACKENDS) {
      try (Weights weights = new Weights(f.weights, backend);
          Scope scope = backend.open(0)) {
        Tensor queries = scope.upload(Shape.matrix(n, c), q, 0);
        Tensor own = scope.upload(Shape.matrix(2, 5), token, 0);
        for (Case form : forms(weights, scope, heads, queries, own)) {
          check(scope, form, keys, m, c, random);
        }
      }
    }
  }

  private static List<Case> forms(
      Weights weights, Scope scope, int heads, Tensor queries, Tensor own) {
    CrossAttention plain = CrossAttention.of(weights, "a", heads);
    CrossBlock block = CrossBlock.of(weights, "b", heads, Activation.GELU, true);
    PersistentMemoryAttention memory = PersistentMemoryAttention.of(weights, "a", heads);
    CrossVit.Branch branch = CrossVit.branch(weights, "v", heads);
    Retro retro = Retro.of(weights, "a", heads, queries.shape().rows());
    TransformerDecoderLayer post =
        TransformerDecoderLayer.of(weights, "t", 1, Activation.RELU, false);
    TransformerDecoderLayer pre =
        TransformerDecoderLayer.of(weights, "t", 1, Activation.RELU, true);
    BertLayer bert = BertLayer.of(weights, "h", 1, Activation.GELU, 1e-12f);
    return List.of(
        new Case(
            "plain",
            plain.inParts(scope, queries),
            attended -> attended,
            keys -> plain.apply(scope, queries, keys, keys, null)),
        new Case(
            "block",
            block.inParts(scope, queries),
            attended -> block.finish(scope, queries, attended),
            keys -> block.apply(scope, queries, keys)),
        new Case(
            "branch",
            branch.inParts(scope, own),
            attended -> branch.finish(scope, own, attended),
            keys -> branch.apply(scope, own, afterAToken(scope, keys))),
        new Case(
            "retro",
            retro.inParts(scope, queries),
            attended -> attended,
            keys -> ofChunk(scope, retro, queries, keys)),
        decoder("post-norm", scope, post, queries),
        decoder("pre-norm", scope, pre, queries),
        new Case(
            "bert",
            bert.inParts(scope, queries, null),
            attended -> bert.finish(scope, queries, null, attended),
            keys -> bert.apply(scope, queries, keys, null, null)),
        new Case(
            "memory",
            memory.inParts(scope, queries),
            attended -> attended,
            keys -> besideItsRows(scope, memory, queries, keys)));
  }

  private static Case decoder(
      String name, Scope scope, TransformerDecoderLayer form, Tensor target) {
    Mask causal = Mask.causal(target.shape().rows(), target.shape().rows());
    return new Case(
        name,
        form.inParts(scope, target, causal),
        attended -> form.finish(scope, target, causal, attended),
        keys -> form.apply(scope, target, keys, causal, null));
  }

  /** The other branch's rows: its own class token, which is not used, and the keys. */
  private static Tensor afterAToken(Scope scope, Tensor keys) {
    int c = keys.shape().channels();
    return scope.concatRows(List.of(scope.upload(Shape.matrix(1, c), new float[c], 0), keys));
  }

  /** The first c rows that attend, to what was retrieved for chunk 0. */
  private static Tensor ofChunk(Scope scope, Retro form, Tensor queries, Tensor keys) {
    int c = form.chunk();
    Tensor x = scope.concatRows(List.of(scope.rows(queries, 0, c - 1), queries));
    return scope.rows(form.apply(scope, x, keys, null), c - 1, 2 * c - 1);
  }

  /**
   * Self-attention: the whole attends to its own rows, so the queries are made of the keys' rows.
   */
  private static Tensor besideItsRows(
      Scope scope, PersistentMemoryAttention form, Tensor queries, Tensor keys) {
    boolean nothing = keys.shape().rows() == 0;
    Tensor x = nothing ? queries : scope.concatRows(List.of(queries, keys));
    int n = queries.shape().rows();
    boolean[] allowed = new boolean[x.shape().rows()];
    Arrays.fill(allowed, n, allowed.length, true);
    Tensor y = form.apply(scope, x, new Mask(allowed, 1, 1, allowed.length));
    return scope.rows(y, 0, n);
  }

  private static void check(Scope scope, Case form, float[] keys, int m, int c, Random random) {
    MergeableAttention attention = form.inParts();
    float[] one = attention.finish(inParts(attention, keys, m, c, 1, random));
    for (int parts : new int[] {2, 5, 17}) {
      assertThat(attention.finish(inParts(attention, keys, m, c, parts, random)))
          .containsExactly(one);
    }
    Shape shape = Shape.matrix(attention.queries(), attention.outputs());
    Tensor rest = form.finish().apply(scope.upload(shape, one, 0));
    Tensor whole = form.whole().apply(scope.upload(Shape.matrix(m, c), keys, 0));
    WHOLE.check(form.name(), scope.values(rest), scope.values(whole));
  }

  /** Rows in random order, dealt to parts at random, parts merged as a random tree. */
  private static State inParts(
      MergeableAttention attention, float[] keys, int m, int c, int parts, Random random) {
    List<State> states = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      states.add(attention.empty());
    }
    List<Integer> rows = new ArrayList<>();
    for (int r = 0; r < m; r++) {
      rows.add(r);
    }
    Collections.shuffle(rows, random);
    for (int r : rows) {
      State part = states.get(random.nextInt(parts));
      attention.accept(part, Arrays.copyOfRange(keys, r * c, (r + 1) * c));
    }
    while (states.size() > 1) {
      State other = states.remove(random.nextInt(states.size()));
      states.get(random.nextInt(states.size())).merge(other);
    }
    return states.get(0);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(FullyMasked.class)
  void masksOfPartsAreThoseOfTheWhole(FullyMasked policy) {
    FormFixture f = new FormFixture(3).attention("a", 4, 4, 6);
    Random random = new Random(4);
    boolean[] allowed = new boolean[3 * 8]; // [n, m]
    for (int i = 8; i < allowed.length; i++) {
      allowed[i] = random.nextInt(3) > 0;
    }
    f.onEveryBackend(
        (weights, scope) -> {
          CrossAttention form = CrossAttention.of(weights, "a", 2).fullyMasked(policy);
          Tensor queries = f.upload(scope, 1, 3, 4);
          Tensor keys = f.upload(scope, 1, 8, 4);
          float[] rows = scope.values(keys);
          MergeableAttention attention = form.inParts(scope, queries);
          State state = attention.empty();
          for (int from : new int[] {5, 0}) {
            int to = from == 0 ? 5 : 8;
            boolean[] part = new boolean[3 * (to - from)];
            for (int n = 0; n < 3; n++) {
              System.arraycopy(allowed, n * 8 + from, part, n * (to - from), to - from);
            }
            float[] some = Arrays.copyOfRange(rows, from * 4, to * 4);
            attention.accept(state, some, some, new Mask(part, 1, 3, to - from));
          }
          WHOLE.check(
              policy.name(),
              attention.finish(state),
              scope.values(form.apply(scope, queries, keys, keys, new Mask(allowed, 1, 3, 8))));
        });
  }

  /** SelfDoc's first step: keys from the other sequence, values from the own, row by row. */
  @Test
  void valuesOfAnotherSequenceGoWithTheirKeys() {
    FormFixture f = new FormFixture(5).attention("a", 4, 4, 6);
    f.onEveryBackend(
        (weights, scope) -> {
          CrossAttention form = CrossAttention.of(weights, "a", 3);
          Tensor a = f.upload(scope, 1, 6, 4);
          Tensor b = f.upload(scope, 1, 6, 4);
          MergeableAttention attention = form.inParts(scope, a);
          State state = attention.empty();
          for (int r = 5; r >= 0; r--) {
            attention.accept(
                state,
                Arrays.copyOfRange(scope.values(b), r * 4, r * 4 + 4),
                Arrays.copyOfRange(scope.values(a), r * 4, r * 4 + 4),
                null);
          }
          WHOLE.check(
              "odd", attention.finish(state), scope.values(form.apply(scope, a, b, a, null)));
        });
  }

  @Test
  void aStateAndItsAttentionTravelBySerialization() throws Exception {
    FormFixture f = new FormFixture(6).attention("a", 4, 4, 6);
    try (JavaBackend backend = new JavaBackend();
        Weights weights = new Weights(f.weights, backend);
        Scope scope = backend.open(0)) {
      MergeableAttention attention =
          CrossAttention.of(weights, "a", 3).inParts(scope, f.upload(scope, 1, 2, 4));
      State state = attention.empty();
      assertThat(state.empty()).isTrue();
      attention.accept(state, f.values(12));
      assertThat(state.empty()).isFalse();
      MergeableAttention moved = copy(attention);
      assertThat(moved.finish(copy(state))).containsExactly(attention.finish(state));
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    FormFixture f = new FormFixture(7).attention("a", 4, 5, 6);
    try (JavaBackend backend = new JavaBackend();
        Weights weights = new Weights(f.weights, backend);
        Scope scope = backend.open(0)) {
      CrossAttention form = CrossAttention.of(weights, "a", 3);
      assertThatThrownBy(() -> form.inParts(scope, f.upload(scope, 2, 1, 4)))
          .hasMessage("Invalid queries: [2, 1, 6] (one group, attended to in parts)");
      MergeableAttention attention = form.inParts(scope, f.upload(scope, 1, 2, 4));
      State state = attention.empty();
      assertThatThrownBy(() -> attention.accept(state, new float[7]))
          .hasMessage("Invalid keys: 7 numbers (rows of 5)");
      assertThatThrownBy(() -> attention.accept(state, new float[10], new float[5], null))
          .hasMessage("Invalid values: 5 numbers (2 rows of 5, as there are keys)");
      Mask mask = new Mask(new boolean[9], 1, 3, 3);
      assertThatThrownBy(() -> attention.accept(state, new float[10], new float[10], mask))
          .hasMessage("Invalid mask: [1, 3, 3] (2 queries or 1, 2 keys)");
      MergeableAttention uniform =
          form.fullyMasked(FullyMasked.UNIFORM).inParts(scope, f.upload(scope, 1, 2, 4));
      assertThatThrownBy(() -> state.merge(uniform.empty()))
          .hasMessage(
              "Cannot merge states: [queries * heads 6, channels 2, uniform] into"
                  + " [queries * heads 6, channels 2]");
    }
  }

  @SuppressWarnings("unchecked")
  private static <T> T copy(T x) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(x);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }
}
