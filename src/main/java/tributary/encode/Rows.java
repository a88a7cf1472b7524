package tributary.encode;

import java.util.ArrayList;
import java.util.List;
import tributary.base.Invalid;
import tributary.model.ModalitySpec;
import tributary.split.Subsequence;
import tributary.tensor.Scope;
import tributary.tokenize.TokenBlock;

/** The tokens of one subsequence by row number, whatever blocks they came in. On the heap. */
public final class Rows {
  private final String modality;
  private final ModalitySpec spec;
  private final List<TokenBlock> blocks;
  private final int count;

  /**
   * @param spec what the model expects: blocks of another type or width are refused
   */
  Rows(String modality, ModalitySpec spec, List<TokenBlock> blocks) {
    this.modality = modality;
    this.spec = spec;
    this.blocks = blocks;
    int n = 0;
    for (TokenBlock b : blocks) {
      check(b);
      n += b.count();
    }
    this.count = n;
  }

  public static Rows of(Subsequence s, ModalitySpec spec) {
    return new Rows(s.modality(), spec, s.blocks());
  }

  private void check(TokenBlock b) {
    boolean ids = spec instanceof ModalitySpec.Text;
    if (b instanceof TokenBlock.Values v && !ids && v.channels() == spec.channels()) {
      return;
    }
    if (b instanceof TokenBlock.Ids && ids) {
      return;
    }
    String given =
        b instanceof TokenBlock.Values v ? "values of " + v.channels() + " channels" : "ids";
    throw Invalid.argument(
        "tokens of " + modality,
        given,
        "the model expects " + (ids ? "ids" : "values of " + spec.channels() + " channels"));
  }

  public int count() {
    return count;
  }

  /** Copies the values of rows [from, from + n) to to[at ..). */
  public void values(int from, int n, float[] to, int at) {
    List<Scope.Piece> pieces = new ArrayList<>();
    pieces(from, n, pieces);
    int place = at;
    for (Scope.Piece piece : pieces) {
      System.arraycopy(piece.values(), piece.offset(), to, place, piece.length());
      place += piece.length();
    }
  }

  /** Adds the pieces that the values of rows [from, from + n) are in, in their order. */
  void pieces(int from, int n, List<Scope.Piece> to) {
    int start = 0;
    for (TokenBlock b : blocks) {
      int lo = Math.max(from, start);
      int hi = Math.min(from + n, start + b.count());
      if (lo < hi && b instanceof TokenBlock.Values v) {
        int c = v.channels();
        to.add(new Scope.Piece(v.values(), (lo - start) * c, (hi - lo) * c));
      }
      start += b.count();
    }
  }

  /** Copies the ids of rows [from, from + n) to to[at ..). */
  public void ids(int from, int n, int[] to, int at) {
    int start = 0;
    for (TokenBlock b : blocks) {
      int lo = Math.max(from, start);
      int hi = Math.min(from + n, start + b.count());
      if (b instanceof TokenBlock.Ids ids) {
        for (int i = lo; i < hi; i++) {
          to[at + i - from] = ids.ids()[i - start] & 0xff;
        }
      }
      start += b.count();
    }
  }
}
