/**
 * {@link tributary.split.Subsequence} -> {@link tributary.merge.Node}s -> embedding: the contract
 * of all models, and what their encoders share.
 *
 * <pre>
 *   Family, one per kind of model: reads its configuration, and makes or refuses
 *     Encoder      encode(subsequences) -> nodes        finish(nodes of a record) -> embedding
 *     PassEncoder  attend(pass, latents, part) -> node  next(pass, latents, nodes) -> latents
 *     Explainer    shares(record): where the model looked
 *     Autoencoder  reconstruct(record): of a record held whole
 *     Learner      encode(tape, views) -> embeddings, tokens: for learning (shared: TapeRows)
 *
 *   shared: tokens -> Rows, Leaf -> Embedding (+ PositionCodes) -> LatentBlock: learned latents attend to
 *           a group's rows, then to each other
 *           Calls: groups of equal shape go to the backend together, each call in a scope of its own
 *           AttentionShares: the weights of an attention themselves
 * </pre>
 *
 * <p>{@link tributary.models.Models} is the list of families; this package knows none of them.
 *
 * <p>Law: what a group gives depends on that group alone. Groups of equal shape share a call, whose
 * own law keeps them apart; so any cut, order, batch or number of groups per call gives the same
 * bits. What passes from step to step is on the heap; native use is that of one call.
 *
 * <p>Failure modes: what a family does not have it refuses by itself, with the reason and what
 * would do; weights that do not fit the configuration are refused when the model is made, all of
 * them listed; tokens or nodes that do not fit the model are an {@link
 * java.lang.IllegalArgumentException} that says both sides.
 *
 * <p>One text through the two functions:
 *
 * <pre>{@code
 * Model model = Initialization.random(ModelConfigs.read(Path.of("conf/models/elastic.yaml")), 1);
 * try (Encoder encoder = Models.encoder(model, Backends.open(Kernels.of("java")))) {
 *   TokenBlock bytes = new TokenBlock.Ids(new byte[] {'a', 'b'});
 *   List<Node> nodes = encoder.encode(List.of(new Subsequence("text", 0, List.of(bytes))));
 *   float[] embedding = encoder.finish(Map.of("text", nodes.iterator()));
 * }
 * }</pre>
 */
@NullMarked
package tributary.encode;

import org.jspecify.annotations.NullMarked;
