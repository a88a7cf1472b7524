/**
 * {@link tributary.split.Subsequence} -> latents: the encoders and attention forms, on the kernel
 * seam.
 *
 * <pre>
 *   tokens -> Embedding -> LatentBlock (level 0) -> LatentBlock (parents) -> ... -> fusion -> head
 *             + position   learned latents attend    children's latents             roots of the
 *                          to a group's tokens       + slot codes                   modalities
 * </pre>
 *
 * <p>Law: what a group gives depends on that group alone. Groups of equal shape go to the backend
 * together, whose own law keeps them apart; so any cut, order, batch or number of groups a call
 * gives the same bits. What passes from step to step lies on the heap; native use is that of one
 * call.
 *
 * <p>{@link tributary.models.elastic.ElasticEncoder}, {@link tributary.models.hip.HipEncoder},
 * {@link tributary.models.perceiverio.PerceiverIoEncoder} and {@link
 * tributary.models.perceiver.PerceiverEncoder} are what the job uses, {@link
 * tributary.models.perceiverio.PerceiverIoModel} runs every imported Perceiver; {@link
 * tributary.models.elastic.ElasticAutoencoder} and {@link tributary.models.hip.HipAutoencoder} hold
 * a record whole and reconstruct it, for learning and parity.
 *
 * <p>Failure modes: weights that do not fit the configuration are refused when the model is made,
 * all of them listed; tokens that do not fit the model are an {@link
 * java.lang.IllegalArgumentException} that says both sides.
 */
@NullMarked
package tributary.encode;

import org.jspecify.annotations.NullMarked;
