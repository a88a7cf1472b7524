package tributary.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tributary.base.Invalid;
import tributary.config.Problems.Refused;
import tributary.encode.Autoencoder;
import tributary.encode.Encoder;
import tributary.encode.Explainer;
import tributary.encode.Family;
import tributary.encode.Learner;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.ModelFiles;
import tributary.models.bert.BertFamily;
import tributary.models.elastic.ElasticFamily;
import tributary.models.hip.HipFamily;
import tributary.models.perceiver.PerceiverFamily;
import tributary.models.perceiverio.PerceiverIoFamily;
import tributary.tensor.Backend;

/** The one list of families. To add a model is one folder and one line here. */
public final class Models {
  private static final List<Family> FAMILIES =
      List.of(
          new ElasticFamily(),
          new HipFamily(),
          new PerceiverIoFamily(),
          new PerceiverFamily(),
          new BertFamily());

  private Models() {}

  /** What configurations may give as `encoder`. */
  public static List<String> names() {
    return FAMILIES.stream().map(Family::name).toList();
  }

  /** A family by the name that configurations give as `encoder`. */
  public static Family named(String encoder) {
    return FAMILIES.stream()
        .filter(f -> f.name().equals(encoder))
        .findFirst()
        .orElseThrow(
            () -> Invalid.argument("encoder", encoder, "one of " + String.join(", ", names())));
  }

  /** The family of a configuration. */
  public static Family of(ModelConfig config) {
    return named(config.encoder());
  }

  /** {@link Family#encoder} of a model. */
  public static Encoder encoder(Model model, Backend backend) {
    return of(model.config()).encoder(model, backend);
  }

  /** {@link Family#autoencoder} of a model. */
  public static Autoencoder autoencoder(Model model, Backend backend) {
    return of(model.config()).autoencoder(model, backend);
  }

  /** {@link Family#explainer} of a model. */
  public static Explainer explainer(Model model, Backend backend) {
    return of(model.config()).explainer(model, backend);
  }

  /** {@link Family#learner} of a model. */
  public static Learner learner(Model model, Backend backend) {
    return of(model.config()).learner(model, backend);
  }

  /** Loads a directory that {@link ModelFiles#save} wrote. */
  public static Model load(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new Refused(List.of("Cannot load model " + directory + ": no such directory"));
    }
    return ModelFiles.load(
        ModelConfigs.stored(directory.resolve(ModelFiles.CONFIG)),
        directory.resolve(ModelFiles.WEIGHTS));
  }
}
