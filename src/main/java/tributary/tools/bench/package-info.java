/**
 * What Tributary does on this machine beside what it could do: ONNX Runtime on the same exported
 * computation, the BLAS alone, itself with other batches. On one machine, outside any cluster.
 *
 * <pre>
 *   Bench (rows by name)
 *     BlockRows      block, sgemm, tasks     one level, beside ONNX Runtime and products alone
 *     TrainingRows   training                a level forward and backward, beside products alone
 *     HipRows        hip                     the published presets
 *     JobRows        job, share, memory      the whole job on the synthetic set
 *     ElasticRows    law, length             batches, and ten times the tokens
 *     PrecisionRows  bfloat16, proof         the cpu backend itself
 *     TokenizerRows  tokenizers              reading and tokenizing, beside Python's time
 *     LearningRows   learning-overhead       a step of learning that computes nothing
 *       -> Checks, then Timing -> Figure: median, quartiles, target -> Report, with the Machine
 * </pre>
 *
 * <p>ONNX Runtime is no part of what goes to a cluster: {@link
 * tributary.tools.onnxcheck.Peer#require} refuses where it is not on the class path, before any
 * other class of it is touched.
 *
 * <p>Law: a result is checked before it is timed, alternatives take turns, and nothing is reported
 * that was not measured in the run.
 *
 * <p>Failure modes: an unknown row, or no ONNX Runtime, is {@link
 * tributary.config.Problems.Refused}; a wrong result is an {@link java.lang.IllegalStateException}
 * before anything of it is timed. A missed target is a figure like any other.
 *
 * <p>An example; {@code jobs/tributary bench --only block} does it from the command line:
 *
 * <pre>{@code
 * Bench.Report report = Bench.run(Set.of("block"), true, figure -> System.out.println(figure.line()));
 * }</pre>
 */
@NullMarked
package tributary.tools.bench;

import org.jspecify.annotations.NullMarked;
