package tributary.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tokenize.TokenBlock;

class SplitterTest {
  @ParameterizedTest(name = "{0} tokens")
  @ValueSource(ints = {0, 1, 6, 7, 8, 14, 15, 1000})
  void cutsByPositionWhateverTheBlocks(int tokens) {
    byte[] text = new byte[tokens];
    new Random(tokens).nextBytes(text);
    List<byte[]> whole = cut(text, tokens + 1, 7);
    for (int block : new int[] {1, 2, 3, 7, 8, 100}) {
      assertThat(cut(text, block, 7))
          .as("blocks of %d", block)
          .usingElementComparator(java.util.Arrays::compare)
          .isEqualTo(whole);
    }
    assertThat(whole).hasSize((tokens + 6) / 7);
    assertThat(whole.stream().limit(Math.max(0, whole.size() - 1)).map(b -> b.length))
        .allMatch(n -> n == 7);
    java.io.ByteArrayOutputStream joined = new java.io.ByteArrayOutputStream();
    whole.forEach(joined::writeBytes);
    assertThat(joined.toByteArray()).isEqualTo(text);
  }

  @Test
  void numbersTheSubsequencesThroughAndCutsWideTokensBetweenRows() {
    List<Subsequence> out = new ArrayList<>();
    Splitter splitter = new Splitter("vectors", 2, out::add);
    splitter.push(new TokenBlock.Values(3, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}));
    splitter.finish();
    assertThat(out).extracting(Subsequence::index).containsExactly(0L, 1L);
    assertThat(((TokenBlock.Values) out.get(1).blocks().get(0)).values()).containsExactly(7, 8, 9);
  }

  @Test
  void refusesAUnitOfNothing() {
    assertThatThrownBy(() -> new Splitter("text", 0, s -> {}))
        .hasMessage("Invalid unit: 0 (at least 1 token)");
  }

  private static List<byte[]> cut(byte[] text, int block, int unit) {
    List<byte[]> out = new ArrayList<>();
    Splitter splitter =
        new Splitter(
            "text",
            unit,
            s -> {
              java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
              s.blocks().forEach(b -> bytes.writeBytes(((TokenBlock.Ids) b).ids()));
              out.add(bytes.toByteArray());
            });
    for (int from = 0; from < text.length; from += block) {
      splitter.push(
          new TokenBlock.Ids(
              java.util.Arrays.copyOfRange(text, from, Math.min(text.length, from + block))));
    }
    splitter.finish();
    return out;
  }
}
