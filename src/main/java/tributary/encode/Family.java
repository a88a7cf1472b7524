package tributary.encode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import tributary.config.Fields;
import tributary.config.Problems.Refused;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGuide;
import tributary.tensor.Backend;

/**
 * One family of models: reads its configurations and makes what runs them. What a family does not
 * have it refuses by itself, with the reason. Stateless; JVM-wide.
 */
public interface Family {
  /** The name that configurations give as `encoder`. */
  String name();

  /**
   * Reads a configuration: keys, types and defaults; what is wrong goes to the problems of the
   * fields. Sizes are checked by {@link ModelConfig#check}.
   */
  ModelConfig read(Fields fields);

  /**
   * Adds to a configuration that was stored with a model the keys that came later, as they were
   * before there were such keys: what a new configuration has by default may be something else.
   */
  default void complete(ObjectNode stored) {}

  /**
   * The encoder of records; the caller closes it.
   *
   * @throws IllegalArgumentException where the family encodes no records
   */
  Encoder encoder(Model model, Backend backend);

  /**
   * Encodes and reconstructs records that are held whole; the caller closes it.
   *
   * @throws Refused where the model has no decoder
   */
  Autoencoder autoencoder(Model model, Backend backend);

  /**
   * Tells where the model looks; the caller closes it.
   *
   * @throws Refused where nothing of the model attends to tokens one by one
   */
  Explainer explainer(Model model, Backend backend);

  /**
   * The model for learning; the caller closes it.
   *
   * @throws Refused where the family, or this model of it, can't learn, with the reason
   */
  default Learner learner(Model model, Backend backend) {
    throw new Refused(List.of("Cannot learn encoder " + name() + ": it has no backward pass"));
  }

  /**
   * The encoder as ONNX graphs, in the order of the flow.
   *
   * @throws Refused where the model has no ONNX form
   */
  List<OnnxGraph> graphs(Model model);

  /** How a record's embedding comes of the {@link #graphs}. */
  OnnxGuide guide(Model model);
}
