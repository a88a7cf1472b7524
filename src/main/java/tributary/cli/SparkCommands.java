package tributary.cli;

import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfigs.Loaded;

/** The commands that need Spark. On the driver. */
interface SparkCommands {
  /**
   * Runs a job; what it did, in lines for a person.
   *
   * @throws tributary.config.Problems.Refused before the run
   * @throws tributary.write.BudgetExceeded after it
   */
  List<String> fuse(Loaded job);

  /** Prints the report of preflight; {@link tributary.config.Problems.Refused} after it. */
  void check(Loaded job, PrintStream out);

  /**
   * The page (HTML) that shows where a job's model looks in one record.
   *
   * @throws tributary.config.Problems.Refused where there is no such record, or none to explain
   */
  String explain(Loaded job, String id);

  /**
   * Writes the synthetic set.
   *
   * @param longest tokens of the longest record
   * @param missing fraction of signals that are absent
   * @param bad number of records that must end in quarantine
   */
  void synthetic(long records, long seed, int longest, double missing, int bad, String folder);

  /**
   * Prints what a table holds.
   *
   * @param id whose nearest neighbours to list, null for none
   */
  void show(String format, String table, @Nullable String id, int neighbours, PrintStream out);
}
