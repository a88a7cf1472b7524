package tributary.encode;

import org.jspecify.annotations.Nullable;
import tributary.model.ModelConfig;
import tributary.model.PositionSpec;
import tributary.onnx.Layers;

/** The position codes of a modality as ONNX operations: {@link PositionCodes}. */
public final class PositionGraph {
  private PositionGraph() {}

  /** Codes of all places, [places, E]; null where the model has none. */
  public static @Nullable String codes(Layers layers, ModelConfig config, String modality) {
    PositionSpec spec = PositionCodes.spec(config, modality);
    String name = "position." + modality;
    if (spec.none()) {
      return null;
    }
    String source =
        spec.fourier()
            ? layers
                .graph()
                .constant(
                    name + ".features",
                    new long[] {spec.places(), spec.features()},
                    PositionCodes.features(spec))
            : layers.constant(name + ".table");
    return spec.projected() ? layers.linear(source, name + ".projection") : source;
  }
}
