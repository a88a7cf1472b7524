package tributary.models.bert;

import tributary.model.WeightTable;

/** The weights of a BERT by Hugging Face's names, without the prefix `bert.`. */
final class BertWeights {
  private BertWeights() {}

  static void add(BertConfig c, WeightTable table) {
    int h = c.hidden();
    table.add("embeddings.word_embeddings.weight", c.vocabulary(), h);
    table.add("embeddings.position_embeddings.weight", c.positions(), h);
    table.add("embeddings.token_type_embeddings.weight", c.types(), h);
    table.norm("embeddings.LayerNorm", h);
    for (int i = 0; i < c.layers(); i++) {
      String layer = "encoder.layer." + i;
      for (String attention : c.attentions()) {
        String name = layer + "." + attention;
        table.linear(name + ".self.query", h, h);
        table.linear(name + ".self.key", h, h);
        table.linear(name + ".self.value", h, h);
        table.linear(name + ".output.dense", h, h);
        table.norm(name + ".output.LayerNorm", h);
      }
      table.linear(layer + ".intermediate.dense", h, c.intermediate());
      table.linear(layer + ".output.dense", c.intermediate(), h);
      table.norm(layer + ".output.LayerNorm", h);
    }
    if (c.pooler()) {
      table.linear("pooler.dense", h, h);
    }
    if (c.maskedLanguage()) {
      table.add("cls.predictions.bias", c.vocabulary());
      table.linear("cls.predictions.transform.dense", h, h);
      table.norm("cls.predictions.transform.LayerNorm", h);
    }
    if (c.nextSentence()) {
      table.linear("cls.seq_relationship", h, 2);
    }
  }
}
