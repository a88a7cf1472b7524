/**
 * Golden cases -> agreement: every case of a folder is run on every backend, forward and back, and
 * compared with what the independent double-precision reference computed.
 *
 * <pre>
 *   case.safetensors: kind, config, tolerance; param.*, in.*, out.*, grad.*
 *      -> GoldenCase -> CaseKind, the class of its kind
 *           -> outputs, as inference computes them      --compared--> ParityResult, per case and backend
 *           -> gradients of its loss by every weight, by a tape --compared--'
 *           ElasticCase, HipCase, PerceiverCase, HuggingFacePerceiverCase, BertCase,
 *           CrossAttentionCase, TransformerDecoderCase, SelfDocCase, FilmCase, CrossVitCase,
 *           PersistentMemoryCase, RetroCase; FormKind: those that are one form, in a scope or on a tape
 * </pre>
 *
 * <p>Law: every size comes from the case; every output that the case holds is compared: max |x -
 * out| must be at most tolerance times max(1, max |out|); for gradients ten times that. The loss is
 * the case's own where it has one, else sum(y cotangent) where it brings a cotangent, else half the
 * sum of the squares of all outputs.
 *
 * <p>Failure modes: a case that can't be read or run is FAILED with the reason, one of another kind
 * is UNSUPPORTED; neither stops the others, and both are exit code 1. Gradients that fail make the
 * case FAILED; where the case holds none, or the kernels have no backward functions, the line, the
 * sums and the JSON say so.
 *
 * <p>An example; {@code jobs/tributary parity src/test/resources/golden} prints them:
 *
 * <pre>{@code
 * List<ParityResult> results =
 *     Parity.run(Path.of("src/test/resources/golden"), List.of(Backends.open(Kernels.of("java"))));
 * }</pre>
 */
@NullMarked
package tributary.tools.parity;

import org.jspecify.annotations.NullMarked;
