package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import tributary.read.Rejected;
import tributary.record.Fused;
import tributary.write.Outcome;

/**
 * What goes between the steps of the job: records that are through, and of records that are spread
 * their pieces, the nodes of these, and the header that tells that all pieces went out. As rows
 * they have one schema and are told apart by {@link Kind}; only here are rows made and read, by the
 * names of their columns.
 */
sealed interface Staged {
  /** What a header carries before the first pass over its record. */
  byte[] NO_LATENTS = {};

  /** As a row of {@link #schema}. */
  Row row();

  /**
   * A record that is through.
   *
   * @param keep the kept columns of the input
   * @param contentHash of all of it; null where it can't be had
   */
  record Finished(Outcome outcome, Row keep, @Nullable String contentHash) implements Staged {
    /** One whose embedding, if it has one, tells its content. */
    Finished(Outcome outcome, Row keep) {
      this(outcome, keep, outcome.match(e -> e.fused().inputHash(), q -> null));
    }

    @Override
    public Row row() {
      return outcome.match(this::done, this::quarantined);
    }

    private Row done(Outcome.Embedded e) {
      Fused fused = e.fused();
      return values(Kind.DONE)
          .set("id", e.id())
          .set("embedding", RowValues.seq(fused.embedding()))
          .set("norm", Fused.norm(fused.embedding()))
          .set("tokens", RowValues.map(fused.tokens()))
          .set("left_out", RowValues.map(fused.leftOut()))
          .set("input_hash", fused.inputHash())
          .set("keep", keep)
          .row();
    }

    private Row quarantined(Outcome.Quarantined q) {
      return values(Kind.QUARANTINED)
          .set("id", q.id())
          .set("column", q.column())
          .set("reason", q.reason().name())
          .set("detail", q.detail())
          .set("payload_digest", q.payloadDigest())
          .set("input_hash", contentHash)
          .set("keep", keep)
          .row();
    }
  }

  /**
   * A spread record: nothing of it comes through without this.
   *
   * @param latents after a pass over the record, a node's bytes; {@link #NO_LATENTS} before the
   *     first; of a record that no model sees, what {@link TokenizeRecords} says
   * @param hashes of its modalities' contents, hex, where their roots are kept
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Header(
      String id,
      SortedMap<String, Long> tokens,
      SortedMap<String, Long> leftOut,
      String inputHash,
      Row keep,
      byte[] latents,
      SortedMap<String, String> hashes)
      implements Staged {
    @Override
    public Row row() {
      return values(Kind.HEADER)
          .set("detail", lines(hashes))
          .set("id", id)
          .set("tokens", RowValues.map(tokens))
          .set("left_out", RowValues.map(leftOut))
          .set("input_hash", inputHash)
          .set("keep", keep)
          .set("payload", latents)
          .row();
    }
  }

  /** A header's latents and tokens for the partition that holds a piece. */
  @SuppressWarnings("ArrayRecordComponent")
  record Copy(
      String id, String modality, long index, SortedMap<String, Long> tokens, byte[] latents)
      implements Staged {
    @Override
    public Row row() {
      return part(Kind.COPY, id, modality, index, latents)
          .set("tokens", RowValues.map(tokens))
          .row();
    }
  }

  /** A subsequence of a spread record, as bytes. */
  @SuppressWarnings("ArrayRecordComponent")
  record Piece(String id, String modality, long index, byte[] subsequence) implements Staged {
    @Override
    public Row row() {
      return part(Kind.PIECE, id, modality, index, subsequence).row();
    }
  }

  /** What a piece leaves behind, as bytes. */
  @SuppressWarnings("ArrayRecordComponent")
  record Node(String id, String modality, long index, byte[] node) implements Staged {
    @Override
    public Row row() {
      return part(Kind.NODE, id, modality, index, node).row();
    }
  }

  /**
   * A record that need not be read, for what came of it is there.
   *
   * @param kept hash of the kept columns as they are in the output; 0 where it is not in it
   * @param inOutput whether it is in the output; else it is in the checkpoint
   */
  record Known(String id, String inputHash, Row keep, long kept, boolean inOutput)
      implements Staged {
    @Override
    public Row row() {
      return values(inOutput ? Kind.UNCHANGED : Kind.RESUMED)
          .set("id", id)
          .set("input_hash", inputHash)
          .set("keep", keep)
          .set("index", kept)
          .row();
    }
  }

  /**
   * How many rows of the input a task has read, all of which are staged before this, and of how
   * many records they were: what the account is compared with.
   *
   * @param records ids, counted where they change, and rows without one
   */
  record Read(long rows, long records) implements Staged {
    @Override
    public Row row() {
      return values(Kind.READ).set("index", rows).set("records", records).row();
    }
  }

  /**
   * What a row is: in the order in which the steps want the rows of a record, headers and copies
   * before pieces and nodes.
   */
  enum Kind {
    DONE,
    QUARANTINED,
    HEADER,
    COPY,
    PIECE,
    NODE,
    READ,
    UNCHANGED,
    RESUMED;

    static Kind of(Row row) {
      return values()[row.<Integer>getAs("kind")];
    }

    /** On the driver: the condition that a row is one. */
    Column holds() {
      return col("kind").equalTo(ordinal());
    }
  }

  /** What a row of {@link #schema} holds. */
  static Staged of(Row row) {
    return switch (Kind.of(row)) {
      case DONE ->
          new Finished(
              new Outcome.Embedded(
                  row.getAs("id"),
                  new Fused(
                      RowValues.floats(row, "embedding"),
                      RowValues.counts(row, "tokens"),
                      RowValues.counts(row, "left_out"),
                      row.getAs("input_hash"))),
              row.getAs("keep"));
      case QUARANTINED ->
          new Finished(
              new Outcome.Quarantined(
                  row.<@Nullable String>getAs("id"),
                  row.getAs("column"),
                  Rejected.Reason.valueOf(row.getAs("reason")),
                  row.<String>getAs("detail"),
                  row.<@Nullable String>getAs("payload_digest")),
              row.getAs("keep"),
              row.<@Nullable String>getAs("input_hash"));
      case HEADER ->
          new Header(
              row.getAs("id"),
              RowValues.counts(row, "tokens"),
              RowValues.counts(row, "left_out"),
              row.getAs("input_hash"),
              row.getAs("keep"),
              row.getAs("payload"),
              byName(row.<@Nullable String>getAs("detail")));
      case COPY ->
          new Copy(
              row.getAs("id"),
              row.getAs("modality"),
              row.<Long>getAs("index"),
              RowValues.counts(row, "tokens"),
              row.getAs("payload"));
      case PIECE ->
          new Piece(
              row.getAs("id"),
              row.getAs("modality"),
              row.<Long>getAs("index"),
              row.getAs("payload"));
      case NODE ->
          new Node(
              row.getAs("id"),
              row.getAs("modality"),
              row.<Long>getAs("index"),
              row.getAs("payload"));
      case READ -> new Read(row.<Long>getAs("index"), row.<Long>getAs("records"));
      case UNCHANGED, RESUMED ->
          new Known(
              row.getAs("id"),
              row.getAs("input_hash"),
              row.getAs("keep"),
              row.<Long>getAs("index"),
              Kind.of(row) == Kind.UNCHANGED);
    };
  }

  /** A name and a value per line; null of none. */
  private static @Nullable String lines(SortedMap<String, String> named) {
    return named.isEmpty()
        ? null
        : named.entrySet().stream()
            .map(e -> e.getKey() + "\t" + e.getValue())
            .collect(Collectors.joining("\n"));
  }

  private static SortedMap<String, String> byName(@Nullable String lines) {
    SortedMap<String, String> named = new TreeMap<>();
    if (lines != null) {
      lines
          .lines()
          .map(line -> line.split("\t", 2))
          .forEach(parts -> named.put(parts[0], parts[1]));
    }
    return named;
  }

  /** The schema, with the kept columns of the input as one struct. */
  static StructType schema(StructType keep) {
    DataType counts = DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType, false);
    return new StructType()
        .add("kind", DataTypes.IntegerType, false)
        .add("id", DataTypes.StringType)
        .add("modality", DataTypes.StringType)
        .add("index", DataTypes.LongType)
        .add("payload", DataTypes.BinaryType)
        .add("embedding", DataTypes.createArrayType(DataTypes.FloatType, false))
        .add("norm", DataTypes.FloatType)
        .add("tokens", counts)
        .add("left_out", counts)
        .add("input_hash", DataTypes.StringType)
        .add("column", DataTypes.StringType)
        .add("reason", DataTypes.StringType)
        .add("detail", DataTypes.StringType)
        .add("payload_digest", DataTypes.StringType)
        .add("records", DataTypes.LongType)
        .add("keep", keep);
  }

  /** The schema, whatever the kept columns: for the positions of the columns. */
  StructType SHAPE = schema(new StructType());

  private static RowValues values(Kind kind) {
    return new RowValues(SHAPE).set("kind", kind.ordinal());
  }

  private static RowValues part(Kind kind, String id, String modality, long index, byte[] payload) {
    return values(kind)
        .set("id", id)
        .set("modality", modality)
        .set("index", index)
        .set("payload", payload);
  }
}
