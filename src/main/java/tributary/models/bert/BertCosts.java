package tributary.models.bert;

import tributary.model.Costs;

/** What a BERT costs. */
final class BertCosts {
  private BertCosts() {}

  /**
   * Of a text of the greatest length, and for cross-attention another of that length. Of a layer
   * lie in memory at once: the hidden states before and after its norm, queries, keys, values, what
   * was attended to, and the MLP's hidden values.
   */
  static void add(BertConfig c, Costs costs) {
    long n = c.positions();
    long h = c.hidden();
    long attention = 4 * n * h * h + 2 * n * n * h;
    long layer = c.attentions().size() * attention + 2 * n * h * c.intermediate();
    long bytes = Float.BYTES * n * (6 * h + c.intermediate());
    bert(costs, "embeddings", "embeddings.", c, n, 0, 0, Float.BYTES * n * 2 * h, 0);
    long scores = Float.BYTES * n * n * c.heads();
    bert(costs, "layers", "encoder.", c, n, c.layers(), c.layers() * layer, bytes, scores);
    if (c.pooler()) {
      bert(costs, "pooler", "pooler.", c, 1, 0, h * h, Float.BYTES * 2 * h, 0);
    }
  }

  private static void bert(
      Costs costs,
      String name,
      String prefix,
      BertConfig c,
      long rows,
      int layers,
      long operations,
      long bytes,
      long scores) {
    int h = c.hidden();
    double tokens = c.positions();
    int latents = (int) rows;
    costs.add(
        new Costs.Level(
            name,
            1,
            rows,
            h,
            latents,
            h,
            layers,
            costs.parameters(prefix),
            tokens,
            operations,
            bytes,
            scores));
  }
}
