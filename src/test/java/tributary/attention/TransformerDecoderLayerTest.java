package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Activation;
import tributary.tensor.Mask;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

class TransformerDecoderLayerTest {
  private static final int CHANNELS = 6;

  private static FormFixture weights() {
    return new FormFixture(1).decoderLayer("l", CHANNELS, 10);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rowsDecodedInPiecesEqualTheWhole(boolean normFirst) {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          TransformerDecoderLayer layer =
              TransformerDecoderLayer.of(weights, "l", 3, Activation.GELU, normFirst);
          Tensor memory = f.upload(scope, 2, 4, CHANNELS);
          boolean[] real = {true, true, true, true, true, false, false, true};
          Mask memoryMask = new Mask(real, 2, 1, 4);
          Decoding decoding = layer.decoding(scope, memory, memoryMask);
          List<Tensor> parts = new ArrayList<>();
          List<Tensor> decoded = new ArrayList<>();
          for (int rows : new int[] {1, 1, 3, 1}) {
            Tensor part = f.upload(scope, 2, rows, CHANNELS);
            parts.add(part);
            decoded.add(decoding.next(part));
          }
          assertThat(decoding.length()).isEqualTo(6);
          Tensor whole =
              layer.apply(scope, scope.concatRows(parts), memory, Mask.causal(6, 6), memoryMask);
          Tolerance.roundings(40, 1)
              .check(
                  weights.backend().name(),
                  scope.values(scope.concatRows(decoded)),
                  scope.values(whole));
        });
  }

  @Test
  void aCausalMaskHidesLaterRows() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          TransformerDecoderLayer layer =
              TransformerDecoderLayer.of(weights, "l", 3, Activation.RELU, false);
          Tensor memory = f.upload(scope, 1, 4, CHANNELS);
          Tensor x = f.upload(scope, 1, 3, CHANNELS);
          Tensor longer = scope.concatRows(List.of(x, f.upload(scope, 1, 2, CHANNELS)));
          float[] alone = scope.values(layer.apply(scope, x, memory, Mask.causal(3, 3), null));
          float[] before =
              scope.values(layer.apply(scope, longer, memory, Mask.causal(5, 5), null));
          assertThat(before).startsWith(alone);
        });
  }

  @Test
  void whatDoesNotFitIsRefused() {
    FormFixture f = weights().add("l.norm1.bias", 5);
    f.onEveryBackend(
        (weights, scope) ->
            assertThatThrownBy(
                    () -> TransformerDecoderLayer.of(weights, "l", 3, Activation.RELU, false))
                .hasMessage("Invalid weight: l.norm1.bias [5] (l.norm1.weight is [6])"));
    FormFixture g = weights().add("l.self_attn.in_proj_weight", 16, CHANNELS);
    g.onEveryBackend(
        (weights, scope) -> {
          assertThatThrownBy(
                  () -> TransformerDecoderLayer.of(weights, "l", 3, Activation.RELU, false))
              .hasMessage(
                  "Invalid weight: l.self_attn.in_proj_weight [16, 6] ([3 outputs, inputs])");
        });
    weights()
        .onEveryBackend(
            (weights, scope) -> {
              assertThatThrownBy(
                      () -> TransformerDecoderLayer.of(weights, "l", 4, Activation.RELU, false))
                  .hasMessage("Invalid heads: 4 (divides the widths of query 6 and value 6)");
              TransformerDecoderLayer layer =
                  TransformerDecoderLayer.of(weights, "l", 3, Activation.RELU, false);
              Tensor x = f.upload(scope, 1, 3, CHANNELS);
              assertThatThrownBy(() -> layer.apply(scope, x, x, Mask.causal(4, 4), null))
                  .hasMessage("Invalid mask: [1, 4, 4] (queries [1, 3, 6], keys [1, 3, 6])");
            });
  }
}
