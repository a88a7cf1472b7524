package tributary.models.bert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import tributary.config.Fields;
import tributary.config.Problems;
import tributary.model.Costs;
import tributary.model.ModalitySpec;
import tributary.model.ModelConfig;
import tributary.model.WeightTable;

/**
 * Sizes of a BERT (Devlin et al. 2019; Hugging Face's BertModel), with cross-attention to another
 * sequence in every layer or without. A model of weights for {@link tributary.attention}'s classes
 * and for programs: its word pieces are no kind of token of the job, which refuses it.
 *
 * @param crossAttention whether every layer attends to another sequence, after itself
 * @param causal whether a token sees the ones before it only (is_decoder)
 * @param epsilon of every layer norm
 * @param pooler whether there is a layer over the first token
 * @param maskedLanguage whether there is a head for hidden words
 * @param nextSentence whether there is a head for the next sentence
 */
public record BertConfig(
    int vocabulary,
    int positions,
    int types,
    int hidden,
    int layers,
    int heads,
    int intermediate,
    String activation,
    double epsilon,
    boolean crossAttention,
    boolean causal,
    boolean pooler,
    boolean maskedLanguage,
    boolean nextSentence)
    implements ModelConfig {
  @Override
  public void weights(WeightTable table) {
    BertWeights.add(this, table);
  }

  @Override
  public void costs(Costs costs) {
    BertCosts.add(this, costs);
  }

  @Override
  public String encoder() {
    return "bert";
  }

  @Override
  public Map<String, ModalitySpec> modalities() {
    return Map.of();
  }

  @Override
  public int embeddingDim() {
    return hidden;
  }

  @Override
  public void checkEncodesRecords(Problems problems) {
    problems.invalid("model encoder", encoder(), "elastic, hip, perceiver-io or perceiver");
  }

  @Override
  public void check(String prefix, Problems problems) {
    if (hidden % heads != 0) {
      problems.invalid(prefix + "heads", heads, "divides hidden " + hidden);
    }
    if (nextSentence && !pooler) {
      problems.invalid(prefix + "next_sentence", true, "false where there is no pooler");
    }
  }

  public static BertConfig read(Fields f) {
    return new BertConfig(
        f.whole("vocabulary", 1),
        f.whole("positions", 1),
        f.whole("types", 1),
        f.whole("hidden", 1),
        f.whole("layers", 1),
        f.whole("heads", 1),
        f.whole("intermediate", 1),
        f.oneOf("activation", ACTIVATIONS, "gelu"),
        f.positive("epsilon", 1e-12),
        f.truth("cross_attention", false),
        f.truth("causal", false),
        f.truth("pooler", false),
        f.truth("masked_language", false),
        f.truth("next_sentence", false));
  }

  @Override
  public void write(ObjectNode to) {
    to.put("vocabulary", vocabulary).put("positions", positions).put("types", types);
    to.put("hidden", hidden).put("layers", layers).put("heads", heads);
    to.put("intermediate", intermediate).put("activation", activation);
    to.put("epsilon", epsilon).put("cross_attention", crossAttention).put("causal", causal);
    to.put("pooler", pooler).put("masked_language", maskedLanguage);
    to.put("next_sentence", nextSentence);
  }

  /** The attentions of a layer, by Hugging Face's names. */
  public List<String> attentions() {
    return crossAttention ? List.of("attention", "crossattention") : List.of("attention");
  }
}
