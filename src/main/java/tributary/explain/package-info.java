/**
 * Where a model looked: attention shares of one record's tokens as a page that a browser shows by
 * itself.
 *
 * <pre>
 *   record (tokens, whole) -> Explainer of the model -> a share per token
 *   tokens + shares = Part -> Drawing, one per kind  -> Page (HTML, nothing else needed)
 *                               text: tiles          facts: model, hash, job, encoder
 *                               image: grid          tables for every reader
 *                               sound, series: line  values by pointer and by keys
 *                               points: projections
 *                               all else: strip
 * </pre>
 *
 * <p>Law: the shares of all tokens of a record add up to 1; what is drawn is what the model saw,
 * made from the tokens and not from the payload, but for the times of a series. A darker tile is a
 * larger share, in every theme ({@link tributary.explain.Scale}). Text of a record is escaped, and
 * a policy in the page's head lets no script run but its own: no page runs what a record holds.
 * Equal explanations give equal pages, below 500 kB for 10,000 tokens of any kinds: pictures are
 * reduced until they fit, and the page says so.
 *
 * <p>Failure modes: a model that has no latents that look at tokens one by one is refused by its
 * family, with the reason; a modality without tokens has no section; shares that are not one per
 * token are an {@link java.lang.IllegalArgumentException}.
 *
 * <p>An example:
 *
 * <pre>{@code
 * Model model = Initialization.random(ModelConfigs.read(Path.of("conf/models/elastic.yaml")), 1);
 * TokenBlock bytes = new TokenBlock.Ids(new byte[] {'a', 'b'});
 * Subsequence text = new Subsequence("text", 0, List.of(bytes));
 * try (Explainer explainer = Models.explainer(model, Backends.open(Kernels.of("java")))) {
 *   double[] shares = explainer.shares(Map.of("text", text)).get("text");
 *   Part part = Part.of("text", model.config().modality("text"), text, shares);
 *   List<Explanation.Fact> facts = List.of(new Explanation.Fact("model hash", model.hash()));
 *   String html =
 *       Page.of(new Explanation("r1", facts, null, explainer.how(), List.of(part)));
 * }
 * }</pre>
 */
@NullMarked
package tributary.explain;

import org.jspecify.annotations.NullMarked;
