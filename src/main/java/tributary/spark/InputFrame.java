package tributary.spark;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Nearest;
import tributary.config.Problems;
import tributary.model.ModalitySpec;
import tributary.model.ModelConfig;
import tributary.spark.TaskPlan.Cell;
import tributary.spark.TaskPlan.ColumnPlan;

/**
 * The user's table, projected to what tasks read: id, part, kept columns, a duplicate flag, one
 * column a modality. On the driver. Everything that does not fit is reported in the {@link
 * Problems}, by column and type.
 */
final class InputFrame {
  private final Dataset<Row> table;
  private final JobConfig config;
  private final Problems problems;
  private final List<Column> projection = new ArrayList<>();
  private final List<ColumnPlan> plans = new ArrayList<>();
  private final List<Column> rates = new ArrayList<>();

  private InputFrame(Dataset<Row> table, JobConfig config, Problems problems) {
    this.table = table;
    this.config = config;
    this.problems = problems;
  }

  /** The table as the source gives it; null, with a problem, where it can't be opened. */
  static @Nullable Dataset<Row> open(
      SparkSession spark, JobConfig.Source source, Problems problems) {
    if (source.format().equals("synthetic")) {
      return SyntheticTable.frame(spark, source.options(), problems);
    }
    try {
      DataFrameReader reader = spark.read().format(source.format()).options(source.options());
      if (source.schema() != null) {
        reader = reader.schema(source.schema());
      }
      return source.path() == null ? reader.load() : reader.load(source.path());
    } catch (Exception e) {
      problems.add(
          "Cannot open input: " + source.format() + " " + source.path() + ": " + firstLine(e));
      return null;
    }
  }

  /**
   * Checks the table against the job and the model, and projects it; null where problems were
   * found.
   */
  static @Nullable InputFrame project(
      SparkSession spark,
      Dataset<Row> table,
      JobConfig config,
      ModelConfig model,
      Problems problems) {
    InputFrame frame = new InputFrame(table, config, problems);
    int before = problems.all().size();
    frame.projection.add(frame.column("id", config.id(), c -> c.cast("string")).as("id"));
    frame.projection.add(
        config.part() == null
            ? lit(null).cast("int").as("part")
            : frame.column("part", config.part(), c -> c).as("part"));
    frame.projection.add(frame.keep());
    frame.projection.add(lit(false).as("duplicate"));
    List<Column> payloads = new ArrayList<>();
    int field = TaskPlan.FIRST_COLUMN;
    for (Map.Entry<String, JobConfig.Column> e : config.modalities().entrySet()) {
      ModalitySpec spec = model.modalities().get(e.getKey());
      String key = "modalities." + e.getKey();
      if (spec == null) {
        problems.invalid(
            key,
            e.getKey(),
            "a modality of the model, one of "
                + model.modalities().keySet()
                + hint(e.getKey(), model.modalities().keySet()));
        continue;
      }
      Column payload =
          frame.payload(spark, key, e.getKey(), e.getValue(), spec, field + payloads.size());
      if (payload != null) {
        payloads.add(payload.as("m_" + e.getKey()));
      }
    }
    frame.projection.addAll(payloads);
    frame.numberRates(field + payloads.size());
    return problems.all().size() > before ? null : frame;
  }

  Dataset<Row> projected() {
    return table.select(projection.toArray(new Column[0]));
  }

  List<ColumnPlan> columns() {
    return plans;
  }

  /** Schema of the kept columns. */
  StructType keepSchema() {
    return (StructType) projected().schema().fields()[TaskPlan.KEEP].dataType();
  }

  private Column keep() {
    Column[] kept =
        config.keep().stream().map(k -> column("keep", k, c -> c).as(k)).toArray(Column[]::new);
    return (kept.length == 0 ? struct(lit(0).as("none")) : struct(kept)).as("keep");
  }

  private @Nullable Column payload(
      SparkSession spark,
      String key,
      String modality,
      JobConfig.Column spec,
      ModalitySpec kind,
      int field) {
    DataType type = type(spec.column());
    if (type == null) {
      column(key + ".column", spec.column(), c -> c);
      return null;
    }
    boolean path = spec.from() == JobConfig.Column.From.PATH;
    Cell cell = cell(kind, type, path);
    if (cell == null) {
      problems.invalid(
          key + ".column", spec.column() + " of type " + type.simpleString(), accepted(kind, path));
      return null;
    }
    double rate = Double.NaN;
    int rateField = -1;
    if (cell == Cell.PCM) {
      if (spec.rate() == null) {
        problems.invalid(
            key + ".rate",
            "none",
            "sound given as an array needs samples a second: a number or a column");
        return null;
      }
      try {
        rate = Double.parseDouble(spec.rate());
      } catch (NumberFormatException notANumber) {
        rates.add(column(key + ".rate", spec.rate(), c -> c.cast("double")).as("r_" + modality));
        rateField = rates.size() - 1;
      }
    }
    if (kind instanceof ModalitySpec.Pixels p
        && spec.maxTokens() > 0
        && spec.maxTokens() < (long) p.size() * p.size()) {
      problems.invalid(
          key + ".max-tokens",
          spec.maxTokens(),
          "none: a picture's " + p.size() + " x " + p.size() + " pixels are taken whole");
      return null;
    }
    int width = kind.channels();
    if (kind instanceof ModalitySpec.Series s) {
      width = s.values();
    }
    plans.add(
        new ColumnPlan(
            modality,
            spec.column(),
            cell,
            field,
            path ? base(spark, spec, key) : "",
            rate,
            rateField,
            width,
            spec.maxTokens()));
    return convert(reference(spec.column()), type, cell);
  }

  /** Rate columns stand behind the payloads: their positions are known last. */
  private void numberRates(int first) {
    for (int i = 0; i < plans.size(); i++) {
      ColumnPlan p = plans.get(i);
      if (p.rateField() >= 0) {
        plans.set(
            i,
            new ColumnPlan(
                p.modality(),
                p.column(),
                p.cell(),
                p.field(),
                p.base(),
                p.rate(),
                first + p.rateField(),
                p.width(),
                p.maxTokens()));
      }
    }
    projection.addAll(rates);
  }

  private static @Nullable Cell cell(ModalitySpec kind, DataType type, boolean path) {
    boolean picture = kind instanceof ModalitySpec.Image || kind instanceof ModalitySpec.Pixels;
    boolean media =
        kind instanceof ModalitySpec.Text || picture || kind instanceof ModalitySpec.Audio;
    if (path) {
      return media && type instanceof StringType ? Cell.PATH : null;
    }
    if (kind instanceof ModalitySpec.Text) {
      return type instanceof StringType || type instanceof BinaryType ? Cell.BYTES : null;
    }
    if (media && type instanceof BinaryType) {
      return Cell.BYTES;
    }
    if (picture) {
      return type instanceof StructType s && Arrays.asList(s.fieldNames()).containsAll(IMAGE_FIELDS)
          ? Cell.IMAGE_STRUCT
          : null;
    }
    if (!(type instanceof ArrayType array)) {
      return null;
    }
    DataType element = array.elementType();
    if (kind instanceof ModalitySpec.Audio) {
      return element instanceof NumericType ? Cell.PCM : null;
    }
    if (kind instanceof ModalitySpec.Series) {
      return element instanceof StructType s && seriesFields(s) ? Cell.SERIES : null;
    }
    if (element instanceof NumericType && !(kind instanceof ModalitySpec.Points)) {
      return Cell.VECTOR;
    }
    return element instanceof ArrayType inner && inner.elementType() instanceof NumericType
        ? Cell.VECTORS
        : null;
  }

  private static final List<String> IMAGE_FIELDS =
      List.of("height", "width", "nChannels", "mode", "data");

  private static boolean seriesFields(StructType s) {
    List<String> names = Arrays.asList(s.fieldNames());
    if (!names.contains("t") || !names.contains("values")) {
      return false;
    }
    DataType t = s.apply("t").dataType();
    return (t instanceof NumericType || t instanceof TimestampType || t instanceof TimestampNTZType)
        && s.apply("values").dataType() instanceof ArrayType a
        && a.elementType() instanceof NumericType;
  }

  private static String accepted(ModalitySpec kind, boolean path) {
    if (path) {
      return "from: path needs a string, and a modality of text, image or audio";
    }
    return switch (kind.kind()) {
      case "text" -> "text takes string or binary";
      case "image", "pixels" ->
          kind.kind() + " takes binary, struct<height,width,nChannels,mode,data> or from: path";
      case "audio" -> "audio takes binary, array<float> with a rate, or from: path";
      case "series" -> "series takes array<struct<t: timestamp or number, values: array<double>>>";
      case "points" -> "points takes array<array<float>>";
      default -> kind.kind() + " takes array<float> or array<array<float>>";
    };
  }

  private static Column convert(Column column, DataType type, Cell cell) {
    return switch (cell) {
      case BYTES -> column.cast("binary");
      case PATH -> column;
      case IMAGE_STRUCT ->
          struct(IMAGE_FIELDS.stream().map(column::getField).toArray(Column[]::new));
      case PCM, VECTOR -> column.cast("array<float>");
      case VECTORS -> column.cast("array<array<float>>");
      case SERIES -> series(column, type);
    };
  }

  private static Column series(Column column, DataType type) {
    StructType element = (StructType) ((ArrayType) type).elementType();
    String wanted = "array<struct<t:double,values:array<double>>>";
    if (element.fieldNames().length == 2 && element.fieldNames()[0].equals("t")) {
      DataType t = element.apply("t").dataType();
      return t instanceof TimestampNTZType
          ? column.cast("array<struct<t:timestamp,values:array<double>>>").cast(wanted)
          : column.cast(wanted);
    }
    return org.apache
        .spark
        .sql
        .functions
        .transform(column, x -> struct(x.getField("t").as("t"), x.getField("values").as("values")))
        .cast(wanted);
  }

  private String base(SparkSession spark, JobConfig.Column spec, String key) {
    if (spec.base() != null) {
      return qualify(spark, spec.base(), key, false);
    }
    return config.input().path() == null ? "" : qualify(spark, config.input().path(), key, true);
  }

  private String qualify(SparkSession spark, String path, String key, boolean parentOfFile) {
    try {
      Path p = new Path(path);
      FileSystem fs = p.getFileSystem(spark.sparkContext().hadoopConfiguration());
      Path folder =
          parentOfFile && fs.exists(p) && fs.getFileStatus(p).isFile() ? p.getParent() : p;
      return fs.makeQualified(folder).toString();
    } catch (java.io.IOException | IllegalArgumentException e) {
      problems.invalid(key + ".base", path, "a folder: " + e.getMessage());
      return "";
    }
  }

  private Column column(String key, String name, java.util.function.UnaryOperator<Column> change) {
    if (type(name) == null) {
      problems.invalid(
          key,
          name,
          "a column of the input, or an expression over "
              + List.of(table.columns())
              + hint(name, List.of(table.columns())));
      return lit(null);
    }
    return change.apply(reference(name));
  }

  private Column reference(String name) {
    return List.of(table.columns()).contains(name)
        ? table.col("`" + name.replace("`", "``") + "`")
        : expr(name);
  }

  private @Nullable DataType type(String name) {
    try {
      return table.select(reference(name)).schema().fields()[0].dataType();
    } catch (Exception e) {
      if (e instanceof AnalysisException || e.getClass().getSimpleName().equals("ParseException")) {
        return null;
      }
      throw e;
    }
  }

  private static String hint(String name, java.util.Collection<String> known) {
    return Nearest.nearest(name, known).map(n -> "; did you mean " + n + "?").orElse("");
  }

  static String firstLine(Throwable e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
