/**
 * Learning jobs on Spark: any table that {@code fuse} reads, dealt out to gradient shards.
 *
 * <pre>
 *   rows --TokenizedTable--> headers, pieces (each record read once), quarantine
 *   headers --Headers--> hashes -> RecordRanks, sent once to every executor; who has which modality
 *   pieces, headers --[one shuffle, by shard; sorted by rank]--> TrainingTable.rows(tasks)
 *     task t: TakeShards -> TaskRecords: shards [t S/T, (t+1) S/T) to learn from, and held out
 * </pre>
 *
 * <p>Law: the records of a shard, their order and their tokens depend on the seed and the table's
 * contents alone: not on partitions, files, order of rows, nor on the number of tasks. Whether a
 * record is held out depends on its id and the seed, or on its own columns. In = out + quarantined
 * is checked; a task refuses rows that are not all of its shards', each once and in order.
 *
 * <p>Failure modes: what can be known before is {@link tributary.config.Problems.Refused}, as a
 * table with nothing to learn from and a batch above the table are; records that can't be decoded
 * are quarantined, too many of them are {@link tributary.write.BudgetExceeded}. What is legal and
 * seldom meant is a warning line: one record, fewer records than shards, a modality that no record
 * has or that is constant. A lost block or shuffle is made anew, to the same bytes.
 *
 * <p>The records of a job, dealt out to two tasks:
 *
 * <pre>{@code
 * SparkSession spark = SparkSession.active();
 * JobConfigs.Loaded job =
 *     JobConfigs.load(Path.of("jobs/demo.yaml"), System.getenv(), Map.of(), List.of());
 * ModelConfig model = ModelConfigs.read(Path.of("conf/models/elastic.yaml"));
 * TrainingTable.Wanted wanted =
 *     new TrainingTable.Wanted(
 *         job.config(), model, 1, 8, Validation.DEFAULT, List.of("label"), "run");
 * try (TrainingTable table = TrainingTable.read(wanted, spark)) {
 *   TakeShards take = table.take(2);
 *   long records =
 *       table
 *           .rows(2)
 *           .mapPartitionsWithIndex(
 *               (task, rows) -> {
 *                 try (TaskRecords own = take.take(task, rows)) {
 *                   return List.of(own.training().size(take.first(task))).iterator();
 *                 }
 *               },
 *               true)
 *           .count();
 * }
 * }</pre>
 *
 * <p>The steps: synchronous and data-parallel, equal bit for bit whatever the number of tasks.
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
 * <p>Law of steps: a batch has S gradient shards, whatever T; one binary tree over shard numbers
 * sums them. A task's shards are an aligned subtree, summed as they finish; of the T vectors that
 * remain, task t adds the t-th range of all, up the tree, and gives it to the others. So each float
 * is added once, in one order, wherever the tasks run; losses likewise, in double.
 *
 * <p>Between JVMs everything is as Spark's own connections are: bound to the executor's address,
 * authenticated by its secret where {@code spark.authenticate} is on, encrypted where it encrypts.
 * A connection must begin with the run's number, drawn by the driver and known to its tasks;
 * another's is turned away. No port is opened where all tasks share a JVM.
 *
 * <p>Failure modes of steps: a task that throws, or whose JVM is gone, wakes all others, which fail
 * with its message; Spark tries the stage again (at most {@code spark.stage.maxConsecutiveAttempts}
 * times), from the latest saved step, to the same bits. A task tells the driver why it failed, and
 * whoever runs the job reads the reason of the last attempt. {@link
 * tributary.learn.LearningStopped}, and a pass that refuses its arguments, end the run at once,
 * with the records named. What every task would refuse is refused on the driver. A task that does
 * something else than the others, or bytes of another attempt, are errors with both sides. Too few
 * slots and dynamic allocation are refused before anything runs.
 *
 * <p>An example, what a step costs two tasks beside its arithmetic, of 5 million parameters and 8
 * shards; {@link tributary.spark.learn.Learning#run} takes a source of replicas and a store
 * instead:
 *
 * <pre>{@code
 * SparkSession spark = SparkSession.active();
 * double[] seconds = Overhead.barrier(spark, 5_000_000, 2, 8, 30, 200);
 * }</pre>
 *
 * <p>How what was learned is measured:
 *
 * <pre>
 *   tables of embeddings -> LabelledTable: counted, checked and packed in tasks, collected by id
 *     -> LinearProbe: divided by the hash of the id -> tributary.learn.probe -> ProbeReport
 * </pre>
 *
 * <p>Law of measures: the figures are equal for any number of partitions, tasks and executors: what
 * is summed is in the order of the ids.
 *
 * <p>Failure modes of measures: a column that is not there, embeddings of several widths or of two
 * models, ids that occur twice, one class, more classes than records, more numbers than the driver
 * can hold: each is {@link tributary.config.Problems.Refused} with a message. Records without a
 * label or an embedding are left out and counted.
 *
 * <p>What the demo's embeddings say of its labels:
 *
 * <pre>{@code
 * SparkSession spark = SparkSession.active();
 * LinearProbe.Request request =
 *     new LinearProbe.Request(
 *         "parquet", "out/demo", null, "label", null, new Division(1, 0.8), 10);
 * ProbeReport report = new LinearProbe(spark).run(request);
 * report.lines().forEach(System.out::println);
 * }</pre>
 */
@NullMarked
package tributary.spark.learn;

import org.jspecify.annotations.NullMarked;
