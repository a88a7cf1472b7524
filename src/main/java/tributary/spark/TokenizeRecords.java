package tributary.spark;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import tributary.models.ModelConfigs;
import tributary.read.Digest;
import tributary.record.Recipe;

/**
 * The first step of a job that wants tokens and no embedding: input rows to the pieces of their
 * records, a header behind each record's, and quarantined records; last, how many rows were read.
 * Knows the model's configuration and no weights. Holds one payload and one piece per modality.
 *
 * <p>A header's payload has 8 bytes per present modality, in the order of their names: the start of
 * the SHA-256 of the modality's pieces. A record that is rejected late leaves pieces without a
 * header: they are of no record.
 */
final class TokenizeRecords implements MapPartitionsFunction<Row, Row> {
  /** Tokens of a piece: 16 KiB of text, 12 MiB of 8 x 8 patches. */
  static final long PIECE = 1 << 14;

  private final TaskPlan.Reading plan;
  private final String modelConfig;
  private final Metrics metrics;

  /**
   * @param plan spreads every record that has tokens
   * @param modelConfig canonical JSON
   */
  TokenizeRecords(TaskPlan.Reading plan, String modelConfig, Metrics metrics) {
    this.plan = plan;
    this.modelConfig = modelConfig;
    this.metrics = metrics;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return rows;
    }
    Recipe recipe = plan.recipe(ModelConfigs.stored(modelConfig, "the job's model"), PIECE);
    return new Records(rows, recipe);
  }

  private final class Records extends RecordRows {
    private final SortedMap<String, Digest> digests = new TreeMap<>();

    Records(Iterator<Row> rows, Recipe recipe) {
      super(rows, plan, recipe, new Cells(plan.columns()), metrics);
    }

    @Override
    void stage(Staged staged) {
      if (staged instanceof Staged.Piece piece) {
        digests.computeIfAbsent(piece.modality(), m -> new Digest()).bytes(piece.subsequence());
      }
      super.stage(staged);
    }

    @Override
    void ended(TaskRecord record) {
      if (record.isRejected()) {
        record.staged().ifPresent(this::stage);
      } else {
        stage(record.header(sums()));
      }
      digests.clear();
    }

    /** [modalities, 8]. */
    private byte[] sums() {
      ByteBuffer sums = ByteBuffer.allocate(digests.size() * Long.BYTES);
      digests.values().forEach(d -> sums.putLong(d.start()));
      return sums.array();
    }

    @Override
    void flush() {}
  }
}
