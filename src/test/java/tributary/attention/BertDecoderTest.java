package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tributary.tensor.Activation;
import tributary.tensor.Mask;
import tributary.tensor.Tensor;

class BertDecoderTest {
  private static final int C = 4;

  private static FormFixture weights() {
    FormFixture f = new FormFixture(1);
    f.add("embeddings.word_embeddings.weight", 9, C);
    f.add("embeddings.position_embeddings.weight", 5, C);
    f.add("embeddings.token_type_embeddings.weight", 2, C);
    f.norm("embeddings.LayerNorm", C);
    return f.bertLayer("encoder.layer.0", C, 8);
  }

  private static BertDecoder model(Weights weights) {
    return BertDecoder.of(weights, "", 1, 2, Activation.GELU, 1e-12f);
  }

  @Test
  void laterTokensChangeNothingBeforeThem() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          Tensor encoded = f.upload(scope, 1, 3, C);
          Mask two = new Mask(new boolean[] {true, true, false}, 1, 1, 3);
          float[] shorter =
              scope.values(model(weights).apply(scope, new int[] {3, 8}, 1, encoded, two));
          float[] longer =
              scope.values(model(weights).apply(scope, new int[] {3, 8, 1}, 1, encoded, two));
          assertThat(longer).startsWith(shorter);
        });
  }

  @Test
  void whatDoesNotFitIsRefused() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          Tensor encoded = f.upload(scope, 2, 3, C);
          BertDecoder model = model(weights);
          assertThatThrownBy(() -> model.apply(scope, new int[3], 2, encoded, null))
              .hasMessage("Invalid ids: 3 (sequences of one length for 2 groups)");
          assertThatThrownBy(() -> model.apply(scope, new int[12], 2, encoded, null))
              .hasMessage("Invalid ids: 6 a sequence (positions [1, 5, 4])");
          assertThatThrownBy(() -> model.apply(scope, new int[] {0, 9}, 2, encoded, null))
              .hasMessage("Invalid index: 9 (a row of the table [1, 9, 4])");
          assertThatThrownBy(() -> BertDecoder.of(weights, "", 2, 2, Activation.GELU, 1e-12f))
              .hasMessage(
                  "Invalid weight: encoder.layer.1.attention.self.query.weight (one of the"
                      + " model's)");
        });
  }
}
