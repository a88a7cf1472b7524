package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Whether the first paths of a column lead to files, tried before the run. Never a refusal: the
 * files of other rows may be there, and those that are not end in the quarantine. On the driver.
 *
 * @param tried how many
 * @param failed how many of them can't be opened
 * @param example what was said of the first that can't be; empty where all can be
 */
record FirstPaths(int tried, int failed, String example) {
  private static final int FIRST = 3;

  /**
   * Tries them; none where the rows can't be read by themselves, or where files of this machine are
   * not those of the executors.
   */
  static Optional<FirstPaths> of(
      SparkSession spark, InputTable table, InputChecks.ModalityColumn column) {
    if (!(column.form() instanceof CellForm.FilePath form)) {
      return Optional.empty();
    }
    boolean local = new Cluster(spark).local();
    List<String> failures = new ArrayList<>();
    int tried = 0;
    for (String path : first(table, column)) {
      String file = form.resolved(path);
      if (!local && HadoopFiles.isOfThisMachine(file)) {
        return Optional.empty();
      }
      Optional<String> problem = HadoopFiles.problem(file, form.column());
      tried++;
      problem.ifPresent(why -> failures.add(file + ": " + why));
    }
    return Optional.of(
        new FirstPaths(tried, failures.size(), failures.isEmpty() ? "" : failures.get(0)));
  }

  private static List<String> first(InputTable table, InputChecks.ModalityColumn column) {
    try {
      return table
          .rows()
          .select(column.cell().as("path"))
          .filter("path is not null")
          .limit(FIRST)
          .collectAsList()
          .stream()
          .map((Row r) -> r.getString(0))
          .toList();
    } catch (RuntimeException e) {
      return List.of(); // The run meets it again, and says what it is.
    }
  }

  /** For the report. */
  String told() {
    if (tried == 0) {
      return "no path";
    }
    return failed == 0
        ? (tried == 1 ? "the first opens" : "the first " + tried + " open")
        : failed + " of the first " + tried + " can't be opened";
  }
}
