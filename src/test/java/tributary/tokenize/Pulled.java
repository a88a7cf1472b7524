package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All blocks of a signal at once, for tests; checks that no block is empty or too large. */
record Pulled(List<TokenBlock> blocks) {
  static Pulled from(Tokens tokens) {
    List<TokenBlock> blocks = new ArrayList<>();
    for (TokenBlock block = tokens.next(); block != null; block = tokens.next()) {
      assertThat(block.count()).isBetween(1, Tokens.BLOCK);
      if (block instanceof TokenBlock.Values values) {
        assertThat(values.values().length)
            .isLessThanOrEqualTo(Math.max(1 << 20, values.channels()))
            .isEqualTo(block.count() * values.channels());
      }
      blocks.add(block);
    }
    assertThat(tokens.next()).isNull();
    return new Pulled(blocks);
  }

  int count() {
    return blocks.stream().mapToInt(TokenBlock::count).sum();
  }

  float[] values() {
    float[] all = new float[0];
    for (TokenBlock block : blocks) {
      float[] values = ((TokenBlock.Values) block).values();
      int at = all.length;
      all = Arrays.copyOf(all, at + values.length);
      System.arraycopy(values, 0, all, at, values.length);
    }
    return all;
  }
}
