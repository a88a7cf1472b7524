package tributary.tools.onnxcheck;

import java.util.List;
import tributary.model.ModalitySpec;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;
import tributary.tools.onnxcheck.OnnxSession.Input;

/** Tokens as ONNX Runtime takes them: float[] rows of values, long[] of ids. */
final class Columns {
  private Columns() {}

  /** All tokens of a subsequence, one after the other. */
  static Object flat(Subsequence s, ModalitySpec spec) {
    boolean text = spec instanceof ModalitySpec.Text;
    long[] ids = new long[text ? s.tokens() : 0];
    float[] values = new float[text ? 0 : s.tokens() * spec.channels()];
    int at = 0;
    for (TokenBlock block : s.blocks()) {
      if (block instanceof TokenBlock.Ids b) {
        for (byte id : b.ids()) {
          ids[at++] = id & 0xff;
        }
      } else if (block instanceof TokenBlock.Values v) {
        System.arraycopy(v.values(), 0, values, at, v.values().length);
        at += v.values().length;
      }
    }
    return text ? ids : values;
  }

  /** Equal groups of n tokens as one input. */
  static Input input(List<OnnxEncoder.Group> groups, int n, ModalitySpec spec) {
    boolean text = spec instanceof ModalitySpec.Text;
    int width = text ? 1 : spec.channels();
    Object all = text ? new long[groups.size() * n] : new float[groups.size() * n * width];
    for (int k = 0; k < groups.size(); k++) {
      OnnxEncoder.Group g = groups.get(k);
      System.arraycopy(g.rows(), g.from() * width, all, k * n * width, n * width);
    }
    return text ? new Input(all, groups.size(), n) : new Input(all, groups.size(), n, width);
  }
}
