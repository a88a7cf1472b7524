package tributary.model;

import java.util.Map;
import tributary.base.Invalid;

/**
 * A configuration with its weights.
 *
 * @param config the sizes
 * @param weights by name, as reference.py reads them
 * @param hash SHA-256, hex, of the canonical configuration and the weights: what manifests and rows
 *     carry
 * @param origin where the weights come from, such as `random, seed 7`; a run with random weights
 *     says so
 */
public record Model(ModelConfig config, Map<String, Weight> weights, String hash, String origin) {
  /** The configuration of a family; refused where the model is of another one. */
  public <C extends ModelConfig> C config(Class<C> family, String encoder) {
    if (!family.isInstance(config)) {
      throw Invalid.argument("encoder", config.encoder(), encoder);
    }
    return family.cast(config);
  }

  /** A weight that the configuration asks for. */
  public Weight weight(String name) {
    Weight w = weights.get(name);
    if (w == null) {
      throw Invalid.argument("weight", name, "one of the model's");
    }
    return w;
  }

  /** Whether the weights were never learned: a run with such a model says so. */
  public boolean random() {
    return origin.startsWith("random");
  }
}
