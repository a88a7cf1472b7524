/**
 * The families of models: a folder each, and {@link tributary.models.Models}, the one list of them.
 *
 * <pre>
 *   config.json -> ModelConfigs -> Models.named(encoder) -> a Family
 *                                                             read, encoder, autoencoder, explainer, graphs
 *   elastic/      any length, absent modalities: what the job takes unless told otherwise
 *   hip/          Hierarchical Perceiver as published: fixed lengths
 *   perceiver/    Perceiver of 2021: several passes over a record
 *   perceiverio/  Perceiver IO and its published tasks: imported checkpoints
 *   bert/         weights for attention forms, and a graph
 *
 *   OnnxExport: the graphs of any of them, as files
 * </pre>
 *
 * <p>A folder holds all of its family: sizes, weights, costs, encoder, autoencoder, shares and ONNX
 * graph. Outside this package nothing asks which family a configuration is of.
 *
 * <p>Law: no family knows another (a test of the packages). A refusal is beside what it refuses: in
 * the family, with a sentence that says what is supported. A key that came later means, in the
 * configuration that was stored with an older model, what was in force then ({@link
 * tributary.encode.Family#complete}), whatever a new configuration has by default.
 *
 * <p>Failure modes: an unknown {@code encoder} is refused with the names of all; a configuration
 * with all that is wrong in it, each with its key; a model that has no decoder, no shares or no
 * ONNX form by its family.
 *
 * <p>To add a family is one folder and one line in {@link tributary.models.Models}. An example that
 * works for all:
 *
 * <pre>{@code
 * ModelConfig config = ModelConfigs.read(Path.of("conf/models/hip-mini.yaml"));
 * long parameters = WeightTable.of(config).parameters();
 * List<Costs.Level> levels = Costs.of(config);
 * List<String> names = Models.names(); // elastic, hip, perceiver-io, perceiver, bert
 * }</pre>
 */
@NullMarked
package tributary.models;

import org.jspecify.annotations.NullMarked;
