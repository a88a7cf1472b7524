/**
 * Learning on Spark: synchronous and data-parallel, equal bit for bit whatever the number of tasks.
 *
 * <pre>
 *   driver    Learning: LearningChecks, then one barrier stage of T tasks; StepReports -> watcher
 *   task t    LearningTask: a Replica, shards [t S/T, (t+1) S/T), from the latest saved step on
 *     forward of own shards -> Exchange.gather -> backward of own shards
 *       -> Sums.Subtree (log2(S/T) + 1 gradients) -> Exchange.sum -> update      task 0: StateStore
 *   JVM       Room: tasks of one JVM, by reference
 *               \-> Wire: other JVMs, by Spark's transport (Netty); Frames knows its bytes
 * </pre>
 *
 * <p>Law: a batch has S gradient shards, whatever T; one binary tree over shard numbers sums them.
 * A task's shards are an aligned subtree, summed as they finish; of the T vectors that remain, task
 * t adds the t-th range of all, up the tree, and gives it to the others. So each float is added
 * once, in one order, wherever the tasks run; losses likewise, in double.
 *
 * <p>Between JVMs everything is as Spark's own connections are: bound to the executor's address,
 * authenticated by its secret where {@code spark.authenticate} is on, encrypted where it encrypts.
 * A connection must begin with the run's number, drawn by the driver and known to its tasks;
 * another's is turned away. No port is opened where all tasks share a JVM.
 *
 * <p>Failure modes: a task that throws, or whose JVM is gone, wakes all others, which fail with its
 * message; Spark tries the stage again (at most {@code spark.stage.maxConsecutiveAttempts} times),
 * from the latest saved step, to the same bits. {@link tributary.learn.LearningStopped} ends the
 * run at once. A task that does something else than the others, or bytes of another attempt, are
 * errors with both sides. Too few slots and dynamic allocation are refused before anything runs.
 *
 * <p>An example, what a step costs two tasks beside its arithmetic, of 5 million parameters and 8
 * shards; {@link tributary.spark.learn.Learning#run} takes a source of replicas and a store
 * instead:
 *
 * <pre>{@code
 * SparkSession spark = SparkSession.active();
 * double[] seconds = Overhead.barrier(spark, 5_000_000, 2, 8, 30, 200);
 * }</pre>
 */
@NullMarked
package tributary.spark.learn;

import org.jspecify.annotations.NullMarked;
