/**
 * What Tributary does on this machine beside what it could do: ONNX Runtime on the same exported
 * computation, the BLAS alone, itself with other batches. On one machine, outside any cluster.
 *
 * <p>ONNX Runtime is no part of what goes to a cluster: {@link
 * tributary.tools.onnxcheck.Peer#require} refuses where it is not on the class path, before any
 * other class of it is touched.
 *
 * <p>Law: a result is checked before it is timed, and nothing is reported that was not measured in
 * the run.
 */
@NullMarked
package tributary.tools.bench;

import org.jspecify.annotations.NullMarked;
