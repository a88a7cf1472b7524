/**
 * What a learning job learns from and in which order, without Spark: records of a task's gradient
 * shards on its disk, ranks and batches that do not depend on tasks.
 *
 * <pre>
 *   id --hash, seed--> RecordRanks: rank 0..n-1, of those to learn from and of those held out
 *                        rank mod S = gradient shard          rank div S = index within the shard
 *   pieces by rank --> ShardWriter --> ShardRecords: one spool per shard
 *                        spool: | pieces | foot | pieces | foot | ...     read back at any place
 *   step, shard    --> BatchOrder: indices of the step's records --> ShardRecords --> LearningRecord
 * </pre>
 *
 * <p>Law: ranks depend on the seed and on the set of ids alone; batches on the seed, the number of
 * records and of shards, the batch and the step alone. Tokens come back bit by bit. Every record is
 * in one shard, and in one batch of an epoch, or in none where the epoch's last records make no
 * whole batch. Memory of a task: 12 bytes per record, and one piece while it writes.
 *
 * <p>Failure modes: a batch above the table is an {@link java.lang.IllegalArgumentException}; a
 * record or a piece that is missing, double or out of order, bytes that changed, a disk that is
 * full are an {@link java.lang.IllegalStateException} that names what and where. A spool has no
 * name in its folder: a task that is killed leaves no file.
 *
 * <p>The first step of a table of 10 records, in batches of 4 over 2 shards:
 *
 * <pre>{@code
 * BatchOrder order = new BatchOrder(7, 10, 2, 4);
 * int[] first = order.indices(0, 0); // two of shard 0's five records
 * long steps = order.steps(3); // 6: two whole batches per epoch
 * }</pre>
 */
@NullMarked
package tributary.learn;

import org.jspecify.annotations.NullMarked;
