/**
 * A model as it is kept: a configuration and its weights by name, as config.json and
 * model.safetensors of one directory, known by the SHA-256 of both.
 *
 * <pre>
 *   ModelConfig (of a family)  --weights--> WeightTable: name and shape of every weight
 *        |        \--costs--> Costs: parameters, operations, memory per level
 *        |         \--write-> ModelJson: canonical, what the hash is made of
 *        v
 *      Model = configuration + weights + hash + origin
 *        ^                        ^
 *        |                        | Initialization: by seed;  Safetensors: from a file
 *      ModelFiles: config.json + model.safetensors
 * </pre>
 *
 * <p>What configurations of all families share is here, too: {@link tributary.model.ModalitySpec}
 * (what a token is made of), {@link tributary.model.Positions} (how its place is coded; {@code
 * transfer} gives one model's to another) and {@link tributary.model.LevelSpec}. Who reads
 * config.json is {@link tributary.models.ModelConfigs}, for it must know the families.
 *
 * <p>Law: one configuration has one canonical text, so one model has one hash, whatever wrote its
 * files; a default that came after the first models is left out of it. Random weights follow from
 * seed, name and shape alone, on every machine.
 *
 * <p>Failure modes: weights that are missing, unknown, of another shape or not finite are {@link
 * tributary.config.Problems.Refused}, all of them listed; a safetensors file whose header claims
 * what is not there is refused before anything of that size is allocated; nothing that is there is
 * overwritten.
 *
 * <p>An example:
 *
 * <pre>{@code
 * ModelConfig config = ModelConfigs.read(Path.of("conf/models/elastic.yaml"));
 * Model model = Initialization.random(config, 7); // origin: random, seed 7
 * Path folder = Files.createTempDirectory("model");
 * ModelFiles.save(model, folder);
 * boolean whole = Models.load(folder).hash().equals(model.hash()); // true
 * }</pre>
 */
@NullMarked
package tributary.model;

import org.jspecify.annotations.NullMarked;
