/**
 * Arguments to configuration to run to exit code: the command line. On the driver.
 *
 * <pre>
 *   jobs/tributary COMMAND ... -> Main (picocli) -> one class per command
 *     fuse, check, show, explain, data synthetic         SparkCommands: SparkJobs, on the session
 *     model init, import, show, export; parity; bench    no session that a launcher set up
 *   what went wrong -> Failures -> words on standard error and an exit code
 * </pre>
 *
 * <p>Law: what a command did goes to standard output, what went wrong to standard error. All that
 * is wrong with its arguments or its job is reported together, before anything is written. The
 * first line of a description is a whole sentence, for it is all that a listing shows;
 * docs/commands.md is made of the descriptions, and a test compares them.
 *
 * <p>Failure modes are exit codes: 1 failed, with the root cause in one line; 2 configuration or
 * input refused before the run ({@link tributary.config.Problems.Refused}); 3 error budget exceeded
 * ({@link tributary.write.BudgetExceeded}); 52 out of memory, which is Spark's own code for it. Any
 * other {@link java.lang.Error}, such as a library that is not there, is a failure like any other.
 * {@code --stacktrace} shows where.
 *
 * <p>To add a command is one class and one line in {@link tributary.cli.Main}. An example of a
 * call:
 *
 * <pre>
 *   jobs/tributary fuse jobs/demo.yaml --set output.path=out/mine --set kernels=cpu
 * </pre>
 */
@NullMarked
package tributary.cli;

import org.jspecify.annotations.NullMarked;
