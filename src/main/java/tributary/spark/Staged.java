package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;
import tributary.read.Rejected;
import tributary.record.Fused;

/**
 * The rows between the steps of the job: finished records, quarantined ones, and of records that
 * are spread their subsequences (PIECE), encoded nodes (NODE) and the HEADER that tells that all
 * pieces went out.
 */
final class Staged {
  static final int DONE = 0;
  static final int QUARANTINED = 1;
  static final int HEADER = 2;
  static final int PIECE = 3;
  static final int NODE = 4;

  static final int KIND_FIELD = 0;
  static final int ID_FIELD = 1;
  static final int MODALITY_FIELD = 2;
  static final int INDEX_FIELD = 3;
  static final int PAYLOAD_FIELD = 4;
  static final int TOKENS_FIELD = 7;
  static final int LEFT_OUT_FIELD = 8;
  static final int INPUT_HASH_FIELD = 9;
  static final int KEEP_FIELD = 14;

  private Staged() {}

  /** The schema, with the kept columns of the input as one struct. */
  static StructType schema(StructType keep) {
    return new StructType(
        new StructField[] {
          DataTypes.createStructField("kind", DataTypes.IntegerType, false),
          DataTypes.createStructField("id", DataTypes.StringType, true),
          DataTypes.createStructField("modality", DataTypes.StringType, true),
          DataTypes.createStructField("index", DataTypes.LongType, true),
          DataTypes.createStructField("payload", DataTypes.BinaryType, true),
          DataTypes.createStructField(
              "embedding", DataTypes.createArrayType(DataTypes.FloatType, false), true),
          DataTypes.createStructField("norm", DataTypes.FloatType, true),
          DataTypes.createStructField(
              "tokens",
              DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType, false),
              true),
          DataTypes.createStructField(
              "left_out",
              DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType, false),
              true),
          DataTypes.createStructField("input_hash", DataTypes.StringType, true),
          DataTypes.createStructField("column", DataTypes.StringType, true),
          DataTypes.createStructField("reason", DataTypes.StringType, true),
          DataTypes.createStructField("detail", DataTypes.StringType, true),
          DataTypes.createStructField("payload_digest", DataTypes.StringType, true),
          DataTypes.createStructField("keep", keep, true)
        });
  }

  static Row done(String id, Fused fused, @Nullable Row keep) {
    return row(
        DONE,
        id,
        null,
        null,
        null,
        boxed(fused.embedding()),
        Fused.norm(fused.embedding()),
        fused.tokens(),
        fused.leftOut(),
        fused.inputHash(),
        null,
        null,
        null,
        null,
        keep);
  }

  static Row header(
      String id,
      Map<String, Long> tokens,
      Map<String, Long> leftOut,
      String inputHash,
      @Nullable Row keep) {
    return header(id, tokens, leftOut, inputHash, keep, null);
  }

  /** The same with the latents after a pass over the record. */
  static Row header(
      String id,
      Map<String, Long> tokens,
      Map<String, Long> leftOut,
      String inputHash,
      @Nullable Row keep,
      byte @Nullable [] latents) {
    return row(
        HEADER, id, null, -1L, latents, null, null, tokens, leftOut, inputHash, null, null, null,
        null, keep);
  }

  /** A copy of a header's latents and tokens for the partition where a piece lies. */
  static Row copy(
      String id, String modality, long index, Map<String, Long> tokens, byte @Nullable [] latents) {
    return row(
        HEADER, id, modality, index, latents, null, null, tokens, null, null, null, null, null,
        null, null);
  }

  /** The counts by modality of a header. */
  static SortedMap<String, Long> counts(Row row, int field) {
    return new TreeMap<>(CollectionConverters.asJava(row.<String, Long>getMap(field)));
  }

  static Row piece(String id, String modality, long index, byte[] payload) {
    return row(
        PIECE, id, modality, index, payload, null, null, null, null, null, null, null, null, null,
        null);
  }

  static Row node(String id, String modality, long index, byte[] payload) {
    return row(
        NODE, id, modality, index, payload, null, null, null, null, null, null, null, null, null,
        null);
  }

  static Row quarantined(
      @Nullable String id,
      String column,
      Rejected rejected,
      @Nullable String digest,
      @Nullable Row keep) {
    return row(
        QUARANTINED,
        id,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        column,
        rejected.reason().name(),
        rejected.detail(),
        digest,
        keep);
  }

  private static Row row(
      int kind,
      @Nullable String id,
      @Nullable String modality,
      @Nullable Long index,
      byte @Nullable [] payload,
      @Nullable Object embedding,
      @Nullable Float norm,
      @Nullable Map<String, Long> tokens,
      @Nullable Map<String, Long> leftOut,
      @Nullable String inputHash,
      @Nullable String column,
      @Nullable String reason,
      @Nullable String detail,
      @Nullable String digest,
      @Nullable Row keep) {
    return RowFactory.create(
        kind,
        id,
        modality,
        index,
        payload,
        embedding,
        norm,
        scalaMap(tokens),
        scalaMap(leftOut),
        inputHash,
        column,
        reason,
        detail,
        digest,
        keep);
  }

  private static @Nullable Object scalaMap(@Nullable Map<String, Long> map) {
    return map == null ? null : CollectionConverters.asScala(new TreeMap<>(map));
  }

  private static Object boxed(float[] values) {
    List<Float> list = new ArrayList<>(values.length);
    for (float v : values) {
      list.add(v);
    }
    return CollectionConverters.asScala(list).toSeq();
  }
}
