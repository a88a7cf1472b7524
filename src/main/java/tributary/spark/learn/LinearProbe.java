package tributary.spark.learn;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems;
import tributary.learn.probe.CosineNeighbours;
import tributary.learn.probe.Division;
import tributary.learn.probe.Examples;
import tributary.learn.probe.Probe;
import tributary.learn.probe.ProbeReport;
import tributary.learn.probe.Scores;
import tributary.spark.learn.LabelledTable.Labelled;

/**
 * What a linear classifier finds in a table of embeddings: fitted to a part of the records, tested
 * on others. On the driver, which collects the embeddings: 20,000 of 256 numbers are 20 MB.
 *
 * <p>Which records are fitted to depends on seed and id ({@link Division}), the sums on the order
 * of the ids: the figures are equal for every partitioning of the table. MLlib's regression adds
 * gradients by partition, so its figures depend on the partitioning; this one needs 17 core-seconds
 * for 20,000 records of 256 numbers in 48 classes, five l2 weights and the last fit together.
 */
public final class LinearProbe {
  private static final String TRAIN = "train";
  private static final String TEST = "test";

  private final SparkSession spark;

  /**
   * What to probe.
   *
   * @param format of the tables
   * @param table with the records to test on; columns id, embedding (array of numbers), the label
   * @param fit table with those to fit to; null: the same
   * @param label column of classes, cast to strings
   * @param split column with {@code train} or {@code test}; null: divided by the hash of the id
   * @param division which are fitted to, where there is no split, and which of them choose l2
   * @param neighbours how many vote, for comparison; 0: none
   */
  public record Request(
      String format,
      String table,
      @Nullable String fit,
      String label,
      @Nullable String split,
      Division division,
      int neighbours) {
    String fitTable() {
      return fit == null ? table : fit;
    }
  }

  public LinearProbe(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * Fits, tests and counts.
   *
   * @throws Problems.Refused where the tables do not have what is asked for
   */
  public ProbeReport run(Request request) {
    Problems problems = new Problems();
    Dataset<Row> test = LabelledTable.open(spark, request, request.table(), problems);
    Dataset<Row> fit =
        request.fit() == null ? test : LabelledTable.open(spark, request, request.fit(), problems);
    problems.refuse();
    if (test == null || fit == null) {
      throw new IllegalStateException("Cannot probe: no table");
    }
    if (fit != test) {
      sameModel(request, test, fit);
    }
    LabelledTable tested = LabelledTable.collect(test, request, request.table());
    LabelledTable given =
        fit == test ? tested : LabelledTable.collect(fit, request, request.fitTable());
    if (given.width() != tested.width()) {
      throw LabelledTable.refused(
          request.fitTable(),
          "%d numbers per embedding (%s has %d)"
              .formatted(given.width(), request.table(), tested.width()));
    }
    return report(request, tested, given);
  }

  /** Embeddings of two models have nothing to do with each other. */
  private static void sameModel(Request request, Dataset<Row> test, Dataset<Row> fit) {
    Set<String> ours = models(test);
    Set<String> theirs = models(fit);
    if (!ours.isEmpty() && !theirs.isEmpty() && !ours.equals(theirs)) {
      throw LabelledTable.refused(
          request.table(),
          "made by model " + ours + " (" + request.fitTable() + " by " + theirs + ")");
    }
  }

  private static Set<String> models(Dataset<Row> table) {
    Set<String> hashes = new TreeSet<>();
    if (List.of(table.columns()).contains("model_hash")) {
      table
          .select("model_hash")
          .distinct()
          .collectAsList()
          .forEach(r -> hashes.add(r.getString(0)));
    }
    return hashes;
  }

  private static ProbeReport report(Request request, LabelledTable tested, LabelledTable given) {
    List<Labelled> fit = given.records().stream().filter(r -> fits(request, r)).toList();
    Set<String> ids = new HashSet<>();
    fit.forEach(r -> ids.add(r.id()));
    List<Labelled> test = tested.records().stream().filter(r -> tests(request, r, ids)).toList();
    TreeSet<String> classes = new TreeSet<>();
    fit.forEach(r -> classes.add(r.label()));
    int fitted = classes.size();
    test.forEach(r -> classes.add(r.label()));
    check(request, fit, test, fitted, classes.size());
    Examples examples = examples(fit, tested.width(), List.copyOf(classes));
    Examples held = examples(test, tested.width(), List.copyOf(classes));
    boolean[] validates = new boolean[fit.size()];
    int choosing = 0;
    for (int i = 0; i < validates.length; i++) {
      validates[i] = request.division().validates(fit.get(i).id());
      choosing += validates[i] ? 1 : 0;
    }
    if (choosing == 0 || choosing == fit.size()) {
      throw LabelledTable.refused(
          request.fitTable(),
          choosing + " of " + fit.size() + " records to fit to would choose l2 (some, not all)");
    }
    Probe probe = Probe.fit(examples, validates);
    Scores scores = Scores.of(held, probe.predict(held));
    int k = request.neighbours();
    Scores vote = k == 0 ? null : Scores.of(held, new CosineNeighbours(examples, k).predict(held));
    int most = majority(examples);
    boolean two = given != tested;
    return new ProbeReport(
        request.table(),
        request.fitTable(),
        request.label(),
        told(request),
        fit.size(),
        choosing,
        tested.unlabelled() + (two ? given.unlabelled() : 0),
        tested.bare() + (two ? given.bare() : 0),
        tested.width(),
        classes.size(),
        probe.model().l2(),
        probe.model().converged(),
        held.classes().get(most),
        (double) scores.classes().get(most).tested() / scores.tested(),
        scores,
        k,
        vote);
  }

  private static boolean fits(Request request, Labelled record) {
    return request.split() == null
        ? request.division().fits(record.id())
        : TRAIN.equals(split(request, request.fitTable(), record));
  }

  /** What was not fitted to: of two tables, a record may be in one alone. */
  private static boolean tests(Request request, Labelled record, Set<String> fitted) {
    boolean test = request.split() == null || TEST.equals(split(request, request.table(), record));
    if (request.split() != null && test && fitted.contains(record.id())) {
      throw LabelledTable.refused(
          request.table(), "the id " + record.id() + " is to be fitted to and tested on");
    }
    return test && !fitted.contains(record.id());
  }

  private static String split(Request request, String path, Labelled record) {
    String split = record.split();
    if (split == null || !(split.equals(TRAIN) || split.equals(TEST))) {
      throw LabelledTable.refused(
          path,
          "column %s of %s is %s (train or test)".formatted(request.split(), record.id(), split));
    }
    return split;
  }

  private static void check(
      Request request, List<Labelled> fit, List<Labelled> test, int fitted, int classes) {
    if (fit.isEmpty() || test.isEmpty()) {
      throw LabelledTable.refused(
          request.table(),
          "%,d records to fit to, %,d to test on (some of each)"
              .formatted(fit.size(), test.size()));
    }
    if (fitted == 1) {
      throw LabelledTable.refused(
          request.fitTable(),
          "one class in the %,d records to fit to, %s (two or more)"
              .formatted(fit.size(), fit.get(0).label()));
    }
    if (fit.size() < classes) {
      throw LabelledTable.refused(
          request.fitTable(),
          "%,d records to fit to, %,d classes of %s (a record per class)"
              .formatted(fit.size(), classes, request.label()));
    }
  }

  private static Examples examples(List<Labelled> records, int width, List<String> classes) {
    double[] rows = new double[Math.multiplyExact(records.size(), width)];
    int[] labels = new int[records.size()];
    for (int i = 0; i < labels.length; i++) {
      float[] embedding = records.get(i).embedding();
      for (int c = 0; c < width; c++) {
        rows[i * width + c] = embedding[c];
      }
      labels[i] = Collections.binarySearch(classes, records.get(i).label());
    }
    return new Examples(rows, width, labels, classes);
  }

  private static int majority(Examples examples) {
    int[] counts = new int[examples.classes().size()];
    int most = 0;
    for (int label : examples.labels()) {
      counts[label]++;
    }
    for (int k = 1; k < counts.length; k++) {
      most = counts[k] > counts[most] ? k : most;
    }
    return most;
  }

  private static String told(Request request) {
    return request.split() != null
        ? "by column " + request.split()
        : String.format(
            Locale.ROOT,
            "by the hash of the id, seed %d, %s to fit to",
            request.division().seed(),
            request.division().fraction());
  }
}
