package tributary.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfigs.Loaded;
import tributary.learn.probe.ProbeReport;
import tributary.spark.learn.LinearProbe;

/** The commands that need Spark. On the driver. */
interface SparkCommands {
  /**
   * Runs a job; what it did, in lines for a person.
   *
   * @throws tributary.config.Problems.Refused before the run
   * @throws tributary.write.BudgetExceeded after it
   */
  List<String> fuse(Loaded job);

  /**
   * Learns a model as a job says; prints progress, and in the end what was learnt.
   *
   * @throws tributary.config.Problems.Refused before the run
   * @throws tributary.learn.LearningStopped where learning can't go on
   */
  void pretrain(Loaded job, PrintStream out);

  /** Prints the report of preflight; {@link tributary.config.Problems.Refused} after it. */
  void check(Loaded job, PrintStream out);

  /**
   * The page (HTML) that shows where a job's model looks in one record.
   *
   * @param file of the job, as the page names it
   * @throws tributary.config.Problems.Refused where there is no such record, or none to explain
   */
  String explain(Loaded job, String id, String file);

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

  /**
   * Prints what is found in a table of embeddings; false where anything is wrong.
   *
   * @param sample records to encode again
   * @param sets over the configuration of the table's last run
   * @throws tributary.config.Problems.Refused where there is none, or what it read is not there
   */
  boolean verify(String output, int sample, List<String> sets, PrintStream out);

  /**
   * What a probe finds in a table.
   *
   * @throws tributary.config.Problems.Refused where the table does not have what is asked for
   */
  ProbeReport probe(LinearProbe.Request request);

  /**
   * Writes the pictures and labels of two IDX files as a table.
   *
   * @param names of the labels, by number; empty: the numbers
   * @param prefix of the ids
   * @return the number of records
   */
  int idx(Path images, Path labels, List<String> names, String prefix, String folder);
}
