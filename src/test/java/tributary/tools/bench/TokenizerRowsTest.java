package tributary.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.tokenize.TokenBlock;
import tributary.tokenize.Tokenizer;
import tributary.tokenize.Tokens;

/** Tokens are checked before they are timed. */
final class TokenizerRowsTest {
  private static final TokenizerRows ROWS = new TokenizerRows(6, 1);

  static Stream<String> kinds() {
    return TokenizerRows.KINDS.stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyKindIsMeasured(String kind) throws Exception {
    Figure figure = ROWS.figure(kind);
    assertThat(figure.row()).isEqualTo("tokenizers");
    assertThat(figure.name()).startsWith(kind + ": ");
    assertThat(figure.figure()).isPositive();
    assertThat(figure.aim()).isLessThan(figure.target());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aWrongTokenIsRefused(String kind) {
    Tokenizer right = Tokenizer.of(TokenizerRows.spec(kind));
    Tokenizer wrong =
        signal -> {
          Tokens tokens = right.tokens(signal);
          return () -> {
            TokenBlock block = tokens.next();
            if (block instanceof TokenBlock.Ids ids) {
              byte[] other = ids.ids().clone();
              other[0]++;
              return new TokenBlock.Ids(other);
            } else if (block instanceof TokenBlock.Values values) {
              values.values()[0] -= 99;
            }
            return block;
          };
        };
    refused(kind, wrong);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aMissingTokenIsRefused(String kind) {
    refused(kind, signal -> () -> null);
  }

  private static void refused(String kind, Tokenizer tokenizer) {
    assertThatThrownBy(() -> ROWS.figure(kind, tokenizer))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Cannot time " + kind + ": its result is wrong, ");
  }
}
