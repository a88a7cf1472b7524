/**
 * What can be read from embeddings: probes and their scores. Knows no Spark; {@code spark.learn}
 * brings the rows.
 *
 * <pre>
 *   ids      -> Division: to fit to, to choose by, to test on
 *   Examples -> Standard -> LogisticRegression (Softmax, Curvature, Lbfgs) per l2 -> Probe
 *            -> CosineNeighbours                                               -> votes
 *   labels and predictions -> Scores
 * </pre>
 *
 * <p>Law: a score depends on the rows, their order and the seed alone, bit for bit: all is in
 * double, rows are cut into shards by their number, and one binary tree adds the shards. Threads
 * only share shards out. Which record is fitted to depends on its id.
 *
 * <p>Failure modes: rows, labels and widths that do not belong together are refused with both
 * sides. A fit that did not come to its end says so ({@code converged}). A column that is constant
 * where the probe is fitted is left out.
 *
 * <p>Two classes that one number tells apart:
 *
 * <pre>{@code
 * Examples examples =
 *     new Examples(
 *         new double[] {-3, -2, -1, 1, 2, 3}, 1, new int[] {0, 0, 0, 1, 1, 1}, List.of("a", "b"));
 * boolean[] validates = {false, true, false, false, true, false};
 * Probe probe = Probe.fit(examples, validates);
 * double accuracy = Scores.of(examples, probe.predict(examples)).accuracy(); // 1
 * int[] said = new CosineNeighbours(examples, 1).predict(examples);
 * }</pre>
 */
@NullMarked
package tributary.learn.probe;

import org.jspecify.annotations.NullMarked;
