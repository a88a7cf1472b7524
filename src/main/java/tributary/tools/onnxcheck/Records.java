package tributary.tools.onnxcheck;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tributary.encode.Encoder;
import tributary.model.ModalitySpec;
import tributary.model.ModelConfig;
import tributary.record.Fuser;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;
import tributary.tools.onnxcheck.OnnxSession.Input;

/** Tokens by seed: bytes 0 to 255, or values of a normal distribution. */
public final class Records {
  private Records() {}

  /** `tokens` tokens of every modality, cut as the encoder asks. */
  public static List<Subsequence> record(
      ModelConfig config, Encoder encoder, int tokens, long seed) {
    List<Subsequence> all = new ArrayList<>();
    Random random = new Random(seed);
    config
        .modalities()
        .forEach(
            (m, spec) -> {
              int n = config.leavesOut() ? (int) config.mostTokens(m) : tokens;
              int most = (int) Math.min(n, encoder.subsequenceTokens());
              for (int at = 0; at < n; at += most) {
                TokenBlock block = block(spec, Math.min(most, n - at), random);
                all.add(new Subsequence(m, at / most, List.of(block)));
              }
            });
    return all;
  }

  static TokenBlock block(ModalitySpec spec, int n, Random random) {
    if (spec instanceof ModalitySpec.Text) {
      byte[] ids = new byte[n];
      random.nextBytes(ids);
      return new TokenBlock.Ids(ids);
    }
    return new TokenBlock.Values(spec.channels(), values(n * spec.channels(), random));
  }

  public static float[] values(int n, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  public static float[] embedding(Encoder encoder, List<Subsequence> record) {
    return Fuser.finish(encoder, encoder.encode(record));
  }

  /** Each modality whole, under its name behind a prefix. */
  public static Map<String, Input> inputs(
      ModelConfig config, List<Subsequence> record, String prefix) {
    Map<String, Input> inputs = new LinkedHashMap<>();
    for (Subsequence s : record) {
      ModalitySpec spec = config.modality(s.modality());
      OnnxEncoder.Group whole = new OnnxEncoder.Group(Columns.flat(s, spec), 0, s.tokens());
      inputs.put(prefix + s.modality(), Columns.input(List.of(whole), s.tokens(), spec));
    }
    return inputs;
  }
}
