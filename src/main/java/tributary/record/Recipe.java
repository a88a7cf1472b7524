package tributary.record;

import java.util.Map;
import java.util.TreeMap;
import tributary.base.Invalid;
import tributary.model.ModalitySpec;
import tributary.model.ModelConfig;
import tributary.tokenize.Tokenizer;

/**
 * How the records of a run become tokens and subsequences: one tokenizer a modality, the limits,
 * where to cut. Immutable; JVM-wide.
 */
public final class Recipe {
  private final Map<String, Tokenizer> tokenizers = new TreeMap<>();
  private final Map<String, Long> limits = new TreeMap<>();
  private final Map<String, Long> room = new TreeMap<>();
  private final long subsequenceTokens;

  /**
   * @param maxTokens limits from the job, by modality; 0 or absent for none
   * @param subsequenceTokens where the encoder wants a cut
   */
  public Recipe(ModelConfig model, Map<String, Long> maxTokens, long subsequenceTokens) {
    this.subsequenceTokens = subsequenceTokens;
    for (Map.Entry<String, ModalitySpec> e : model.modalities().entrySet()) {
      tokenizers.put(e.getKey(), Tokenizer.of(e.getValue()));
      long limit = maxTokens.getOrDefault(e.getKey(), 0L);
      long most = model.mostTokens(e.getKey());
      limits.put(
          e.getKey(),
          limit > 0 ? Math.min(limit, most) : model.leavesOut() ? most : Long.MAX_VALUE);
      room.put(e.getKey(), most);
    }
  }

  Tokenizer tokenizer(String modality) {
    Tokenizer tokenizer = tokenizers.get(modality);
    if (tokenizer == null) {
      throw Invalid.argument("modality", modality, "one of " + tokenizers.keySet());
    }
    return tokenizer;
  }

  long maxTokens(String modality) {
    return limits.getOrDefault(modality, Long.MAX_VALUE);
  }

  /** What the model has room for: a record with more tokens that no limit leaves out is refused. */
  long roomFor(String modality) {
    return room.getOrDefault(modality, Long.MAX_VALUE);
  }

  public long subsequenceTokens() {
    return subsequenceTokens;
  }
}
