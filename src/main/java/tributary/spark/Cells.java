package tributary.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;
import tributary.model.ModalitySpec;
import tributary.read.AudioReader;
import tributary.read.Digest;
import tributary.read.ImageReader;
import tributary.read.NumberReader;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;
import tributary.read.Signal;
import tributary.record.Decoders;
import tributary.record.OpenRecord;

/** Cells of a projected input row to payloads; one a task. */
final class Cells {
  private static final long LARGEST_FILE = 1L << 30;

  private final List<TaskPlan.ColumnPlan> columns;
  private final Map<String, ModalitySpec> specs;
  private final Map<String, Last> pictures = new HashMap<>();

  /** The last picture of a modality. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Last(byte[] bytes, Signal signal) {}

  Cells(List<TaskPlan.ColumnPlan> columns, Map<String, ModalitySpec> specs) {
    this.columns = columns;
    this.specs = specs;
  }

  /** The cells that are not null, in the order of the job's modalities. */
  List<OpenRecord.Cell> of(Row row) {
    List<OpenRecord.Cell> cells = new ArrayList<>();
    for (TaskPlan.ColumnPlan column : columns) {
      if (!row.isNullAt(column.field()) && !emptyPath(row, column)) {
        cells.add(new OpenRecord.Cell(column.modality(), column.column(), payload(row, column)));
      }
    }
    return cells;
  }

  private static boolean emptyPath(Row row, TaskPlan.ColumnPlan column) {
    return column.cell() == TaskPlan.Cell.PATH && row.getString(column.field()).isEmpty();
  }

  private Payload payload(Row row, TaskPlan.ColumnPlan column) {
    ModalitySpec spec = java.util.Objects.requireNonNull(specs.get(column.modality()));
    int field = column.field();
    return switch (column.cell()) {
      case BYTES -> new Bytes(column.modality(), spec, row.<byte[]>getAs(field));
      case PATH -> new File(column.modality(), spec, path(column.base(), row.getString(field)));
      case IMAGE_STRUCT -> new Picture(row.getStruct(field));
      case PCM -> new Pcm(rate(row, column), floats(row.getSeq(field)));
      case VECTOR ->
          new Vectors(spec, column.width(), matrix(List.of(row.getSeq(field)), column.width()));
      case VECTORS ->
          new Vectors(spec, column.width(), matrix(seqs(row.getSeq(field)), column.width()));
      case SERIES -> series(row.getSeq(field), column.width());
    };
  }

  private static double rate(Row row, TaskPlan.ColumnPlan column) {
    if (column.rateField() < 0) {
      return column.rate();
    }
    if (row.isNullAt(column.rateField())) {
      throw new Rejected(Reason.NULL_VALUE, "the sample rate of " + column.column() + " is null");
    }
    return row.getDouble(column.rateField());
  }

  private static String path(String base, String cell) {
    Path path = new Path(cell);
    return path.isAbsolute() || path.toUri().getScheme() != null || base.isEmpty()
        ? cell
        : new Path(base, path).toString();
  }

  /**
   * Decodes; a picture with the bytes of the one before (one drawing, many captions) is not decoded
   * again.
   */
  private Signal decoded(String modality, ModalitySpec spec, byte[] bytes) {
    if (!(spec instanceof ModalitySpec.Image || spec instanceof ModalitySpec.Pixels)) {
      return Decoders.decode(spec, bytes);
    }
    Last last = pictures.get(modality);
    if (last == null || !Arrays.equals(last.bytes(), bytes)) {
      last = new Last(bytes, Decoders.decode(spec, bytes));
      pictures.put(modality, last);
    }
    return last.signal();
  }

  private final class Bytes implements Payload {
    private final String modality;
    private final ModalitySpec spec;
    private final byte[] bytes;

    Bytes(String modality, ModalitySpec spec, byte[] bytes) {
      this.modality = modality;
      this.spec = spec;
      this.bytes = bytes;
    }

    @Override
    public Signal signal() {
      return decoded(modality, spec, bytes);
    }

    @Override
    public void digest(Digest digest) {
      digest.bytes(bytes);
    }
  }

  private final class File implements Payload {
    private final String modality;
    private final ModalitySpec spec;
    private final String path;
    private byte @Nullable [] content;

    File(String modality, ModalitySpec spec, String path) {
      this.modality = modality;
      this.spec = spec;
      this.path = path;
    }

    @Override
    public Signal signal() {
      return decoded(modality, spec, content());
    }

    @Override
    public void digest(Digest digest) {
      digest.bytes(content());
    }

    private byte[] content() {
      byte[] bytes = content;
      if (bytes == null) {
        bytes = load();
        content = bytes;
      }
      return bytes;
    }

    private byte[] load() {
      try {
        Path file = new Path(path);
        FileSystem fs = file.getFileSystem(SparkHadoopUtil.get().conf());
        FileStatus status = fs.getFileStatus(file);
        if (status.isDirectory()) {
          throw new Rejected(Reason.MISSING_FILE, path + " is a directory");
        }
        if (status.getLen() > LARGEST_FILE) {
          throw new Rejected(
              Reason.PAYLOAD_TOO_LARGE,
              path + ": " + status.getLen() + " bytes (at most " + LARGEST_FILE + ")");
        }
        byte[] bytes = new byte[(int) status.getLen()];
        try (FSDataInputStream in = fs.open(file)) {
          in.readFully(bytes);
        }
        return bytes;
      } catch (IOException | IllegalArgumentException e) {
        throw new Rejected(Reason.MISSING_FILE, "Cannot read " + path + ": " + e.getMessage(), e);
      }
    }
  }

  private record Picture(Row image) implements Payload {
    @Override
    public Signal signal() {
      return ImageReader.struct(
          image.getInt(0),
          image.getInt(1),
          image.getInt(2),
          image.getInt(3),
          image.<byte[]>getAs(4));
    }

    @Override
    public void digest(Digest digest) {
      digest
          .number(image.getInt(0))
          .number(image.getInt(1))
          .number(image.getInt(2))
          .bytes(image.<byte[]>getAs(4));
    }
  }

  private record Pcm(double rate, float[] samples) implements Payload {
    @Override
    public Signal signal() {
      return AudioReader.pcm(rate, samples);
    }

    @Override
    public void digest(Digest digest) {
      digest.number(Double.doubleToLongBits(rate)).floats(samples);
    }
  }

  private record Vectors(ModalitySpec spec, int width, float[] values) implements Payload {
    @Override
    public Signal signal() {
      return spec instanceof ModalitySpec.Points
          ? NumberReader.points(width, values)
          : NumberReader.vectors(width, values);
    }

    @Override
    public void digest(Digest digest) {
      digest.floats(values);
    }
  }

  private record Series(double[] times, int channels, double[] values) implements Payload {
    @Override
    public Signal signal() {
      return NumberReader.series(times, channels, values);
    }

    @Override
    public void digest(Digest digest) {
      digest.doubles(times).doubles(values);
    }
  }

  private static List<Seq<?>> seqs(Seq<?> rows) {
    List<Seq<?>> list = new ArrayList<>(rows.length());
    for (int i = 0; i < rows.length(); i++) {
      Object element = rows.apply(i);
      if (element == null) {
        throw new Rejected(Reason.NULL_VALUE, "row " + i + " is null");
      }
      list.add((Seq<?>) element);
    }
    return list;
  }

  private static float[] floats(Seq<?> cells) {
    return matrix(List.of(cells), cells.length());
  }

  private static float[] matrix(List<? extends Seq<?>> rows, int width) {
    float[] out = new float[Math.multiplyExact(rows.size(), width)];
    int at = 0;
    for (int r = 0; r < rows.size(); r++) {
      Seq<?> row = rows.get(r);
      wide(r, row.length(), width);
      for (int i = 0; i < width; i++) {
        out[at++] = (float) number(row.apply(i), r, i);
      }
    }
    return out;
  }

  private static Payload series(Seq<?> rows, int width) {
    int n = rows.length();
    double[] times = new double[n];
    double[] values = new double[Math.multiplyExact(n, width)];
    for (int r = 0; r < n; r++) {
      Row element = (Row) rows.apply(r);
      if (element == null || element.isNullAt(1)) {
        throw new Rejected(Reason.NULL_VALUE, "element " + r + " is null");
      }
      times[r] = number(element.get(0), r, -1);
      Seq<?> v = element.getSeq(1);
      wide(r, v.length(), width);
      for (int i = 0; i < width; i++) {
        values[r * width + i] = number(v.apply(i), r, i);
      }
    }
    return new Series(times, width, values);
  }

  private static void wide(int row, int found, int width) {
    if (found != width) {
      throw new Rejected(
          Reason.WRONG_WIDTH,
          "row " + row + " has " + found + " values (the model takes " + width + ")");
    }
  }

  private static double number(@Nullable Object value, int row, int column) {
    if (value == null) {
      throw new Rejected(
          Reason.NULL_VALUE,
          (column < 0 ? "time" : "value " + column) + " of row " + row + " is null");
    }
    return ((Number) value).doubleValue();
  }
}
