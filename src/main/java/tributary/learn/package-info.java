/**
 * What learns, without an engine: one {@link tributary.learn.Replica} per task has the weights, the
 * optimiser and the passes of its gradient shards.
 *
 * <pre>
 *   step, shard -> forward -> what others must see
 *   what all gave -> backward -> gradient of the shard, its losses
 *   sums over all shards, by one binary tree -> update
 * </pre>
 *
 * <p>Law: the shards of a batch and the tree that sums them are fixed, whatever the number of
 * tasks, so weights and losses have the same bits for any of them.
 *
 * <p>Failure modes: {@link tributary.learn.LearningStopped} ends a run for good; anything else is
 * tried again from the last saved step.
 *
 * <p>An example, how a replica says that no later step could help:
 *
 * <pre>{@code
 * double loss = 0.7;
 * if (Double.isNaN(loss)) {
 *   throw new LearningStopped("Cannot go on: loss " + loss + " at step 8");
 * }
 * }</pre>
 */
@NullMarked
package tributary.learn;

import org.jspecify.annotations.NullMarked;
