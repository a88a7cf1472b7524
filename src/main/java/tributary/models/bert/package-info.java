/**
 * BERT (Devlin et al. 2019) by Hugging Face's names: weights for attention forms and for programs,
 * and an ONNX graph. No encoder of a job.
 *
 * <pre>
 *   checkpoint -> tools.huggingface -> BertConfig + weights -> attention.BertDecoder   a program's
 *                                          |
 *                                          +-> BertFamily.graphs -> bert.onnx          cross-attention, causal
 *   BertWeights: names and shapes;  BertCosts: what a layer costs
 * </pre>
 *
 * <p>Law: tensors keep their names but for the prefix {@code bert.}; heads that a checkpoint has
 * (pooler, masked words, next sentence) are part of the model, and are in its hash.
 *
 * <p>Failure modes: as a job's encoder it is refused, for its word pieces are no kind of token of
 * the job; nothing of it is reconstructed or explained. A graph needs cross-attention and a causal
 * mask: a BERT without them is refused, since no class here runs it. Heads that do not divide the
 * hidden size are refused with the configuration.
 *
 * <p>Sizes of the base model:
 *
 * <pre>{@code
 * ModelConfig base =
 *     ModelConfigs.parse(
 *         "{encoder: bert, vocabulary: 30522, positions: 512, types: 2, hidden: 768, layers: 12,"
 *             + " heads: 12, intermediate: 3072, pooler: true}",
 *         "BERT base");
 * long parameters = WeightTable.of(base).parameters(); // 109482240
 * }</pre>
 */
@NullMarked
package tributary.models.bert;

import org.jspecify.annotations.NullMarked;
