/**
 * What learning needs beside a model and its gradient: where each weight is, how it moves, by what
 * chance, and how all of it outlives the process. Knows neither Spark nor native memory.
 *
 * <pre>
 *   Map of Weight  &lt;--Parameters--&gt;  one vector [P], names ascending
 *                                          |
 *   gradient [P] --GradientNorm: clip--&gt; Optimiser (AdamW | Lamb) &lt;--rate-- Schedule
 *                                          |  moments
 *   (seed, epoch, record, purpose, view)   v
 *        |                             Checkpoint --CheckpointFolder--&gt; step-0000000100.safetensors
 *        v                               (weights, moments, versions, RunIdentity)
 *   CounterRandom --&gt; SubtreeDraw        what is learned of a long record, by IndexPermutation
 *                 --&gt; ModalityDropout    which modalities a view has
 *                 --&gt; VisibleTokens      which tokens a view shows
 * </pre>
 *
 * <p>Laws: a random number is a function of where it is used, never of how often or in which order
 * numbers were drawn; a step, a rate and a draw are pure functions of their arguments, with equal
 * bits on every machine; sums over many values are in double in a fixed order. A run that goes on
 * from a checkpoint has the bits of a run that was never interrupted. A folder holds a whole
 * checkpoint from the first one on, whenever the power fails.
 *
 * <p>What is learnt from, of a task's gradient shards, on its disk:
 *
 * <pre>
 *   id --hash, seed--&gt; RecordRanks: rank 0..n-1, of those to learn from and of those held out
 *                        rank mod S = gradient shard          rank div S = index within the shard
 *   pieces by rank --&gt; ShardWriter --&gt; ShardRecords: one spool per shard
 *   step, shard    --&gt; BatchOrder: indices of the step's records --&gt; ShardRecords --&gt; LearningRecord
 * </pre>
 *
 * <p>And how:
 *
 * <pre>
 *   LearningRecord --RecordViews--&gt; views --Learner on a Tape--&gt; embeddings, reconstructions
 *   LearningReplica, per step:  forward of each shard --&gt; what all shards see of each other
 *                               backward of each shard: MaskedLoss, ContrastLoss --&gt; gradient, Measures
 *                               update, alike in every replica
 * </pre>
 *
 * <p>Ranks depend on the seed and on the set of ids alone; batches on the seed, the number of
 * records and of shards, the batch and the step alone. Tokens come back bit by bit.
 *
 * <p>Failure modes: a batch above the table is an {@link java.lang.IllegalArgumentException}; a
 * record or a piece that is missing, double or out of order, bytes that changed, a disk that is
 * full are an {@link java.lang.IllegalStateException} that names what and where. A loss that is no
 * number is a {@link tributary.learn.LearningStopped} that names record and modality. A gradient
 * whose norm is NaN or infinite is told and not applied. A share of 0 or 1, a budget below one
 * group or a schedule that can't be is an {@link java.lang.IllegalArgumentException}. A broken
 * checkpoint is named in one line and the one before it taken; another run's is {@link
 * tributary.config.Problems.Refused}, with both hashes and every key that differs; so is a folder
 * that another run has, with whose it is. A full disk is an {@link
 * java.lang.IllegalStateException}, {@code Cannot write checkpoint FILE: reason}, and leaves the
 * checkpoints before as they were.
 *
 * <p>One step, kept:
 *
 * <pre>{@code
 * Map<String, Weight> weights = Map.of("head.weight", new Weight(new long[] {1, 2}, new float[2]));
 * Parameters parameters = Parameters.ofWeights(weights);
 * Optimiser optimiser = new AdamW(parameters, AdamSettings.adamW(0.05));
 * Schedule schedule = Schedule.cosine(5e-4f, 1000, 50, 0);
 * float[] w = parameters.pack(weights);
 * float[] gradient = {3, 4};
 * double norm = GradientNorm.clip(gradient, 1); // 5, and the gradient is {0.6, 0.8}
 * optimiser.step(0, w, gradient, schedule.rate(0)); // w is {-1e-5, -1e-5}
 *
 * RunIdentity run = RunIdentity.of("9f2c", 7, "1000 records", Map.of("rate", "5e-4"));
 * Path folder = Files.createTempDirectory("checkpoints");
 * try (CheckpointFolder checkpoints = CheckpointFolder.open(folder, 3, run, System.err::println)) {
 *   Checkpoint after = Checkpoint.of(1, run, parameters.unpack(w));
 *   checkpoints.write(after.withMoments(optimiser.moments()));
 *   long next = checkpoints.latest().orElseThrow().step(); // 1
 * }
 *
 * CounterRandom random = CounterRandom.of(7, 0, CounterRandom.key("record-12"), Purpose.VISIBLE);
 * VisibleTokens visible = new VisibleTokens(0.25, 1, 1);
 * Map<String, int[]> shown = visible.draw(random, Map.of("text", 30, "image", 64)); // 24 tokens
 * }</pre>
 */
@NullMarked
package tributary.learn;

import org.jspecify.annotations.NullMarked;
