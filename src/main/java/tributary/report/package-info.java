/**
 * The page of a learning run, {@code report.html} beside its checkpoints: one file that a browser
 * shows by itself, offline, in light or dark and at any width.
 *
 * <pre>
 *   every step, every validation -> History, a line of JSON each -> read back
 *   embeddings [n, D]            -> Projection2d, [n, 2]            |
 *   hidden tokens, filled in     -> Reconstruction                  v
 *                                   LearningReport (pure data) -> ReportPage
 *                                     curves  -> Curve, thinned -> JSON -> uPlot, inlined
 *                                     pictures, sounds, texts   -> PNG, HTML
 * </pre>
 *
 * <p>Law: equal reports give equal pages. A page asks for nothing outside itself, and a policy in
 * its head keeps a browser from doing so; what records, ids and labels hold is text. Its size is
 * bounded whatever the run's length, and no thinned curve loses a peak or a NaN. A history that is
 * opened after step s holds what an undisturbed run had written at step s.
 *
 * <p>Failure modes: steps that do not ascend, tokens of another length than their geometry's and
 * embeddings that aren't finite are an {@link java.lang.IllegalArgumentException}; a line of a
 * history that ended and can't be read is an {@link java.lang.IllegalStateException} with its
 * number, one that did not end counts as never written. NaN and infinite losses are no failure
 * here: they are shown as gaps and named below their chart.
 *
 * <p>An example:
 *
 * <pre>{@code
 * Path folder = Files.createTempDirectory("run");
 * TreeMap<String, Double> losses = new TreeMap<>(Map.of("masked/image", 0.9));
 * TreeMap<String, Double> measures = new TreeMap<>();
 * try (History history = History.open(folder.resolve(History.FILE), 0)) {
 *   history.append(new LearningReport.Step(1, 0.1, 5e-4, 1.2, 80, losses, measures));
 * }
 * History.Recorded recorded = History.read(folder.resolve(History.FILE));
 * LearningReport report =
 *     new LearningReport(
 *         "demo",
 *         Map.of("seed", "1"),
 *         recorded.steps(),
 *         recorded.validations(),
 *         List.of(),
 *         LearningReport.EmbeddingMap.NONE);
 * ReportPage.write(folder.resolve(ReportPage.FILE), report);
 * }</pre>
 */
@NullMarked
package tributary.report;

import org.jspecify.annotations.NullMarked;
