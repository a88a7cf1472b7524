/**
 * Where a model looked: attention shares of one record's tokens as a page that a browser shows by
 * itself.
 *
 * <pre>
 *   record (tokens, whole) -> Explainer of the model -> a share per token
 *   tokens + shares        -> Heat, a section per modality -> Page (HTML, nothing else needed)
 *                               bytes of text, patches, frames, points
 * </pre>
 *
 * <p>Law: the shares of all tokens of a record add up to 1; what is drawn is what the model saw,
 * made from the tokens and not from the payload. Text of a record is escaped: no page runs what a
 * record holds. The same record and model give the same page.
 *
 * <p>Failure modes: a model that has no latents that look at tokens one by one is refused by its
 * family, with the reason; a modality without tokens has no section.
 *
 * <p>An example:
 *
 * <pre>{@code
 * Model model = Initialization.random(ModelConfigs.read(Path.of("conf/models/elastic.yaml")), 1);
 * TokenBlock bytes = new TokenBlock.Ids(new byte[] {'a', 'b'});
 * Map<String, Subsequence> record = Map.of("text", new Subsequence("text", 0, List.of(bytes)));
 * try (Explainer explainer = Models.explainer(model, Backends.open(Kernels.of("java")))) {
 *   SortedMap<String, double[]> shares = explainer.shares(record);
 *   String html =
 *       Page.of("r1", explainer.how(), model.config().modalities(), record, shares);
 * }
 * }</pre>
 */
@NullMarked
package tributary.explain;

import org.jspecify.annotations.NullMarked;
