package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Mask;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

class CrossAttentionBuilderTest {
  private static FormFixture weights() {
    FormFixture f = new FormFixture(1).attention("x", 5, 7, 6);
    f.add("d.to_q.weight", 6, 5).add("d.to_k.weight", 6, 7).add("d.to_v.weight", 6, 7);
    return f.linear("d.to_out.0", 6, 5);
  }

  private static CrossAttentionBuilder words() {
    return CrossAttention.builder().heads(3).headWidth(2).queryWidth(5).contextWidth(7);
  }

  @Test
  void ourNamesAndThoseOfDiffusers() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          Tensor x = f.upload(scope, 2, 3, 5);
          Tensor context = f.upload(scope, 2, 4, 7);
          CrossAttention ours = words().bias(true).from(weights, "x");
          assertThat(scope.values(ours.apply(scope, x, context, context, null)))
              .isEqualTo(
                  scope.values(
                      CrossAttention.of(weights, "x", 3).apply(scope, x, context, context, null)));
          CrossAttention theirs = words().diffusersNames().from(weights, "d");
          assertThat(theirs.query().bias()).isNull();
          assertThat(theirs.apply(scope, x, context, context, null).shape()).isEqualTo(x.shape());
        });
  }

  @Test
  void masksOfEitherPolarityAgree() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          CrossAttention layer = words().bias(true).from(weights, "x");
          Tensor x = f.upload(scope, 2, 1, 5);
          Tensor context = f.upload(scope, 2, 3, 7);
          Mask mayAttend =
              Mask.allowing(new boolean[][] {{true, false, true}, {true, true, false}});
          Mask ignored =
              Mask.ignoring(new boolean[][] {{false, true, false}, {false, false, true}});
          float[] y = scope.values(layer.apply(scope, x, context, context, mayAttend));
          assertThat(scope.values(layer.apply(scope, x, context, context, ignored))).isEqualTo(y);
          Mask inverted =
              Mask.allowing(new boolean[][] {{false, true, false}, {false, false, true}});
          assertThat(scope.values(layer.apply(scope, x, context, context, inverted)))
              .isNotEqualTo(y);
        });
  }

  @Test
  void aFullyMaskedQueryYieldsTheBiasOrTheMeanOfTheValues() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          Tensor x = scope.upload(new Shape(1, 1, 5), new float[5], 0);
          Tensor context = f.upload(scope, 1, 3, 7);
          Mask none = Mask.ignoring(new boolean[][] {{true, true, true}});
          CrossAttention zero = words().bias(true).from(weights, "x");
          CrossAttention uniform =
              words().bias(true).fullyMasked(FullyMasked.UNIFORM).from(weights, "x");
          assertThat(scope.values(zero.apply(scope, x, context, context, none)))
              .isEqualTo(weights.values("x.output.bias"));
          assertThat(scope.values(uniform.apply(scope, x, context, context, none)))
              .isNotEqualTo(weights.values("x.output.bias"));
          // Allowed or not, each query may differ: [groups][queries][keys].
          Mask each = Mask.ignoring(new boolean[][][] {{{true, true, true}}});
          Tolerance.exact()
              .check(
                  "mask of queries",
                  scope.values(uniform.apply(scope, x, context, context, each)),
                  scope.values(uniform.apply(scope, x, context, context, none)));
        });
  }

  @Test
  void whatDoesNotFitIsRefused() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          assertThatThrownBy(() -> words().headWidth(3).from(weights, "x"))
              .hasMessage(
                  "Invalid weight: x.query.weight [6, 5] ([9, 5]: 3 heads of width 3, query width"
                      + " 5, context width 7, no bias)");
          assertThatThrownBy(() -> words().from(weights, "x"))
              .hasMessage(
                  "Invalid weight: x.query.bias (there: 3 heads of width 2, query width 5, context"
                      + " width 7, no bias)");
          assertThatThrownBy(() -> words().diffusersNames().bias(true).from(weights, "d"))
              .hasMessage(
                  "Invalid weight: d.to_q.bias (missing: 3 heads of width 2, query width 5, context"
                      + " width 7, with bias)");
          assertThatThrownBy(() -> CrossAttention.builder().queryWidth(5).from(weights, "x"))
              .hasMessage("Invalid headWidth: 0 (>= 1)");
          assertThatThrownBy(() -> words().heads(0)).hasMessage("Invalid heads: 0 (>= 1)");
          assertThatThrownBy(() -> words().names("q", "k", "v", "o").from(weights, "x"))
              .hasMessage("Invalid weight: x.q.weight (one of the model's)");
          assertThatThrownBy(() -> Mask.allowing(new boolean[][] {{true}, {true, false}}))
              .hasMessage("Invalid mask: row 1 of 2 keys (row 0 has 1)");
          assertThatThrownBy(() -> Mask.ignoring(new boolean[][][] {{{true}}, {{true}, {false}}}))
              .hasMessage("Invalid mask: group 1 of 2 queries (group 0 has 1)");
          CrossAttention layer = words().bias(true).from(weights, "x");
          Tensor x = f.upload(scope, 2, 3, 5);
          Tensor context = f.upload(scope, 2, 4, 7);
          Mask wrong = Mask.allowing(new boolean[][] {{true}});
          assertThatThrownBy(() -> layer.apply(scope, x, context, context, wrong))
              .hasMessage("Invalid mask: [1, 1, 1] (queries [2, 3, 6], keys [2, 4, 6])");
        });
  }
}
