package tributary.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a learning run did, written as JSON beside its model. Made on the driver.
 *
 * @param runId hash of all that decides the weights: runs with equal ones end with equal bits
 * @param startedAt ISO-8601, UTC; of this run, which may have gone on from another's checkpoint
 * @param config every effective key with its value
 * @param start the model before the first step
 * @param model the one that was learnt
 * @param inputHash over ids and tokens of all records, and who of them is held out
 * @param versions of Tributary, Java, Spark, Scala, ND4J
 * @param machine where it ran: processor, cores, master, tasks, kernels
 * @param tokens by modality, of both parts of the table
 * @param seed of order, views and heads; that of the weights is in the configuration
 * @param seconds of this run, up to the writing of its model
 * @param training means of the last step's records
 * @param validation means of the last validation; empty where there was none
 * @param heldOut how the classes of records held out were told; null where none were
 * @param warnings what a reader of the model must know, such as a modality that no record has
 */
public record LearningManifest(
    String runId,
    String startedAt,
    Map<String, String> config,
    RunManifest.ModelInfo start,
    RunManifest.ModelInfo model,
    String inputHash,
    Map<String, String> versions,
    Map<String, String> machine,
    Records records,
    Map<String, Long> tokens,
    Steps steps,
    long seed,
    double seconds,
    Means training,
    Means validation,
    @Nullable Told heldOut,
    List<String> warnings) {
  /**
   * Records: in = learnt + held out + quarantined, checked.
   *
   * @param learnt those to learn from
   * @param reasons quarantined records by reason
   */
  public record Records(
      long in, long learnt, long heldOut, long quarantined, Map<String, Long> reasons) {
    public Records {
      if (in != learnt + heldOut + quarantined) {
        throw new IllegalStateException(
            "Cannot account for every record: in "
                + in
                + ", learnt "
                + learnt
                + ", held out "
                + heldOut
                + ", quarantined "
                + quarantined);
      }
    }
  }

  /**
   * Which steps were taken.
   *
   * @param from the step that this run went on from; 0 for a new one
   * @param to the last
   * @param batch records of each
   */
  public record Steps(long from, long to, int batch) {}

  /** Means by name. */
  public record Means(SortedMap<String, Double> losses, SortedMap<String, Double> measures) {}

  /**
   * How classes were told.
   *
   * @param records that have a label and tokens
   * @param accuracy share of them whose class was told right
   */
  public record Told(long records, double accuracy) {}

  /** Pretty-printed JSON. */
  public String json() {
    try {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write manifest: " + e.getMessage(), e);
    }
  }
}
