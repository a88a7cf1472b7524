/**
 * The job's configuration: layers of texts to records that are typed and checked. On the driver.
 *
 * <pre>
 *   conf/defaults.yaml, job file, TRIBUTARY_*, spark.tributary.*, --set     later ones win
 *         | Yaml, JobLayers: one text per key, and which layer it is of
 *         v
 *       Fields (read by type)  ->  JobConfig
 *         |
 *         +-> Problems -> Refused: all that is wrong, together
 *
 *   a model's configuration: ConfigFile -> Yaml -> Fields -> its family, in tributary.models
 * </pre>
 *
 * <p>conf/defaults.yaml is the only list of keys: {@link tributary.config.JobKeys} reads it from
 * the jar, so that the environment, Spark's configuration and {@code --set} know a new key from
 * there.
 *
 * <p>Law: a value depends on the layers alone, a key has one value, and no key is without a reader.
 * Knows neither Spark nor any later stage; a format is a string here.
 *
 * <p>Failure modes: an unknown key names the nearest known one; a value of the wrong type or range
 * is {@code Invalid key: value (rule)} under the name that the user wrote; places that would
 * overwrite each other or the input are refused. A file that is no YAML is refused with its line.
 *
 * <p>An example:
 *
 * <pre>{@code
 * JobConfigs.Loaded job =
 *     JobConfigs.load(
 *         Path.of("jobs/demo.yaml"), Map.of(), Map.of(), List.of("output.path=out/mine"));
 * String quarantine = job.config().quarantine().path(); // out/mine.quarantine
 * String kernels = job.effective().get("kernels"); // auto
 * }</pre>
 */
@NullMarked
package tributary.config;

import org.jspecify.annotations.NullMarked;
