package tributary.write;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run did, written as JSON beside its output. Made on the driver.
 *
 * @param runId the same for the same configuration and model: a rerun of the same inputs gives the
 *     same table
 * @param status done, or budget-exceeded
 * @param startedAt ISO-8601, UTC
 * @param config every effective key with its value
 * @param inputHash over ids and contents of all records, whatever their order and partitioning
 * @param versions of Tributary, Java, Spark, Scala, ND4J
 * @param device the backend in one line
 * @param tokens seen, by modality
 * @param leftOut tokens left out by a configured limit, by modality
 * @param paddingWaste padded tokens over all tokens that the kernels saw: 0 for elastic
 * @param seconds wall-clock seconds by step; task.* are sums over all tasks
 * @param peakNativeBytes the most native memory that a JVM's kernels held
 * @param warnings what a reader of the table must know, such as random weights
 * @param read of an input that has versions; null of any other
 * @param roots what single modalities came to, where that is kept; null where it is not
 */
public record RunManifest(
    String runId,
    String status,
    String startedAt,
    Map<String, String> config,
    ModelInfo model,
    String inputHash,
    Map<String, String> versions,
    String device,
    Counts counts,
    Map<String, Long> tokens,
    Map<String, Long> leftOut,
    double paddingWaste,
    Map<String, Double> seconds,
    long peakNativeBytes,
    List<String> warnings,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Read read,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Roots roots) {

  /** The status of a run that published its table. */
  public static final String DONE = "done";

  /** The status of a run over its error budget. */
  public static final String EXCEEDED = "budget-exceeded";

  /** In the warning that some files can't be read. */
  public static final String UNREAD = " that can't be read, such as ";

  /**
   * What was read of a table with versions, and what the next run must know to read only what
   * changes after it.
   *
   * @param version of Delta, or Iceberg's snapshot id
   * @param since the version from which on only changes were read; null where all was
   * @param job digest of what the rows were made with and how the table is read; empty where the
   *     output has more than one row per id
   * @param exact whether the output has no rows but the input's
   * @param output digest of output and quarantine as the run left them; empty where they were not
   *     looked at
   * @param settled whether nothing that was quarantined may be found otherwise by another try
   */
  public record Read(
      String version,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String since,
      String job,
      boolean exact,
      String output,
      boolean settled) {}

  /**
   * Modalities of records, as tasks reported them: of one that was tried again twice.
   *
   * @param used neither decoded nor encoded, for an earlier run had
   * @param kept encoded, and kept for later runs
   */
  public record Roots(long used, long kept) {}

  /** Which model. */
  public record ModelInfo(
      String encoder, String hash, String origin, long parameters, int embeddingDim) {}

  /**
   * Records: in = out + unchanged + quarantined, checked.
   *
   * @param rows rows of the input; more than records where a record has several
   * @param unchanged already in the output table with the same model and content (mode append)
   * @param spread records so long that their groups were spread over the tasks
   * @param reasons quarantined records by reason
   */
  public record Counts(
      long rows,
      long in,
      long out,
      long unchanged,
      long quarantined,
      long spread,
      Map<String, Long> reasons) {
    public Counts {
      if (in != out + unchanged + quarantined) {
        throw new IllegalStateException(
            "Cannot account for every record: in "
                + in
                + ", out "
                + out
                + ", unchanged "
                + unchanged
                + ", quarantined "
                + quarantined
                + " (did the input change during the run?)");
      }
    }
  }

  /**
   * What {@link #json} has written.
   *
   * @throws UncheckedIOException where it hasn't
   */
  public static RunManifest of(String json) {
    try {
      return new ObjectMapper().readValue(json, RunManifest.class);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read manifest: " + e.getMessage(), e);
    }
  }

  /** Pretty-printed JSON. */
  public String json() {
    try {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write manifest: " + e.getMessage(), e);
    }
  }
}
