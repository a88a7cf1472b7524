/**
 * Records that validate themselves: the job ({@link tributary.config.JobConfig}) and the model
 * ({@link tributary.model.ModelConfig}).
 *
 * <p>Law: precedence is defaults, file, environment {@code TRIBUTARY_*}, {@code spark.tributary.*},
 * {@code --set}; an unknown key is an error that names the nearest key; {@link
 * tributary.config.Problems} reports all that is wrong together. Knows neither Spark nor any later
 * stage.
 */
@NullMarked
package tributary.config;

import org.jspecify.annotations.NullMarked;
