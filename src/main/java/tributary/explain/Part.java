package tributary.explain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import tributary.base.Invalid;
import tributary.model.ModalitySpec;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;

/**
 * One modality of a record: its tokens and their shares.
 *
 * @param column of the table; empty where there is none
 * @param tokens all of them
 * @param shares [tokens]
 * @param times of a series: t of each of its points, in order; else empty
 */
@SuppressWarnings("ArrayRecordComponent")
public record Part(
    String name,
    String column,
    ModalitySpec spec,
    Subsequence tokens,
    double[] shares,
    double[] times) {
  /** Of octaves below the largest share: 2^11 steps each, 32 of them in 16 bits. */
  private static final double STEPS = 2048;

  private static final int NOTHING = 0xffff;

  public Part {
    if (shares.length != tokens.tokens()) {
      throw Invalid.argument(
          "shares of " + name, shares.length, "one per token, " + tokens.tokens());
    }
  }

  /** A modality without a column and times. */
  public static Part of(String name, ModalitySpec spec, Subsequence tokens, double[] shares) {
    return new Part(name, "", spec, tokens, shares, new double[0]);
  }

  int count() {
    return shares.length;
  }

  double share() {
    return Arrays.stream(shares).sum();
  }

  double largest() {
    return Arrays.stream(shares).max().orElse(0);
  }

  /** The bytes of a text. */
  byte[] bytes() {
    byte[] all = new byte[count()];
    int at = 0;
    for (TokenBlock block : tokens.blocks()) {
      if (block instanceof TokenBlock.Ids ids) {
        System.arraycopy(ids.ids(), 0, all, at, ids.count());
        at += ids.count();
      }
    }
    return all;
  }

  /** The values of all tokens, [tokens, channels]. */
  float[] values() {
    int n = 0;
    for (TokenBlock block : tokens.blocks()) {
      n += block instanceof TokenBlock.Values v ? v.values().length : 0;
    }
    float[] all = new float[n];
    int at = 0;
    for (TokenBlock block : tokens.blocks()) {
      if (block instanceof TokenBlock.Values v) {
        System.arraycopy(v.values(), 0, all, at, v.values().length);
        at += v.values().length;
      }
    }
    return all;
  }

  /**
   * The shares in 16 bits each, little-endian, Base64: c is the largest share times 2^(-c / 2048),
   * to 0.02 %; 65535 is 0 and what is beyond.
   */
  String packed() {
    double largest = largest();
    int[] codes = new int[count()];
    for (int t = 0; t < codes.length; t++) {
      double below = -StrictMath.log(shares[t] / largest) / StrictMath.log(2);
      codes[t] = shares[t] > 0 ? (int) Math.min(NOTHING, Math.round(STEPS * below)) : NOTHING;
    }
    return packed(codes);
  }

  /** Numbers from 0 to 65535 in 16 bits each, little-endian, Base64. */
  static String packed(int[] numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int n : numbers) {
      bytes.putShort((short) n);
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
