/**
 * ND4J behind the seam, on the CPU and on GPUs. The only importer of org.nd4j and org.bytedeco.
 *
 * <pre>
 *   Kernels -> Backends -> proved against the oracle -> one per JVM for equal kernels
 *
 *   cpu    Nd4jBackend, NativeScope
 *            memory                  ND4J's buffers, cut into tensors    Chunk, Workspace
 *            products with weights   oneDNN; bias, activation and        OneDnn, Products
 *                                    residual in the same pass
 *            products of attention,  Java on the heap, in vectors        RowKernels, RowOperations,
 *            softmax, norms, sums                                        AttentionKernel, Folded
 *            going back              oneDNN, dy W and dy^T x; Java on    NativeGradients,
 *                                    the heap: shares computed anew,     GradientProducts,
 *                                    norms, activations, sums            AttentionBackward,
 *                                                                        RowGradients
 *   cuda   ArrayBackend, ArrayScope
 *            all of it               ND4J's operations on whole arrays   ArrayAttention
 *   which GPU, and can ND4J run there?                GpuAddress, NvidiaSmi, ComputeCapability
 * </pre>
 *
 * <p>Law. On the CPU a group's bits are those that it has alone: rows of any groups share oneDNN's
 * products, of 16 to 256 rows, in all of which a row has the same bits (SharedRowsTest); attention
 * takes each group apart. They are the same on all processors of a type; vectors and their scalar
 * fallback differ in the last bits. Whole arrays hold the law for products of one shape, which
 * {@link tributary.tensor.Backend.Cut} fixes.
 *
 * <p>Gradients have bits that follow from operands and shapes, the number of rows in a call among
 * them: sums over rows run in float within a block, in double from block to block, in order. The
 * proof before first use doesn't cover them, NativeGradientsTest does. Whoever learns opens one
 * scope and a {@link tributary.tensor.Scope#inner} for each step: what one step took serves the
 * next, where fresh pages would cost a tenth of it. bfloat16 and whole arrays have no gradients.
 *
 * <p>What one job asks for changes nothing for another in the same JVM: the threads of a product
 * are those of its backend, set before each call, for OpenMP knows a number per calling thread.
 * OpenBLAS, which no kernel uses, knows one per process and has one thread.
 *
 * <p>A JVM's ND4J runs on the CPU or on CUDA, whichever is asked for first. Of itself it takes CUDA
 * where the build has it and the machine a GPU; CpuOnly keeps it from that where `cpu` is asked
 * for.
 *
 * <p>Failure modes, each with its reason in the message:
 *
 * <ul>
 *   <li>a library that does not load, or computes wrongly: `Cannot use kernels ...`; `auto` takes
 *       the next and says why
 *   <li>a GPU older than compute capability 3.7 or of 9.0 and later: ND4J 1.0.0-M2.1 holds machine
 *       code for 3.7 to 8.6 and no PTX for its own kernels, so `cuda` is refused before ND4J loads.
 *       Where nvidia-smi can't tell, a warning says so and CUDA is tried
 *   <li>a JVM without the module jdk.incubator.vector: rows run scalar, several times slower, with
 *       a warning
 *   <li>bfloat16 on a processor or device without it
 *   <li>memory: {@link java.lang.OutOfMemoryError}; a GPU that not one product of the model fits is
 *       refused
 * </ul>
 *
 * <p>ND4J's own operations for what is made of several ones here are not used. On its CPU,
 * `batchMmul` fails, for its Java side leaves out two operands; `nn().layerNorm` fails, for it
 * hands over the bias as the result; `gelu` is the approximation by a sigmoid, off by 0.02, and
 * `preciseGelu` no closer to the exact one, off by 0.03. A test says when one of them changes.
 *
 * <p>An example:
 *
 * <pre>{@code
 * // The JVM's: its constants are freed, it stays open.
 * Backend backend = Backends.open(Kernels.of("cpu"));
 * Tensor weight = backend.constant(Shape.matrix(1, 2), new float[] {1, 10});
 * try (Scope scope = backend.open(0)) {
 *   Tensor x = scope.upload(new Shape(2, 1, 2), new float[] {1, 2, -3, -4}, 0);
 *   Tensor y = scope.linear(x, new Linear(weight, null), Activation.RELU); // [2, 1, 1]
 *   float[] values = scope.values(y); // 21, 0
 * } finally {
 *   backend.free(weight);
 * }
 * }</pre>
 */
@NullMarked
package tributary.tensor.nd4j;

import org.jspecify.annotations.NullMarked;
