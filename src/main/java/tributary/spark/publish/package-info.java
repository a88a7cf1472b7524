/**
 * How the tables of a run become visible: one writer at a time, all or nothing, remembered.
 *
 * <pre>
 * Lease    one run writes an output; a dead one's is taken over
 * Journal  staged tables -> their places, finished by the next run where one is killed
 * History  what each run did
 * Point    the named steps, at which tests stop and kill
 * </pre>
 *
 * <p>Knows files, and neither Spark nor what is in the tables. On the driver.
 *
 * <p>Law: whatever is killed at whatever point, a reader finds a table as it was, or as it is to
 * be, or for the moment between two renames none; and the next run ends with the bytes that one run
 * alone would have left.
 *
 * <p>Failure modes: a second writer is refused before it starts; a lease that can't be made is told
 * with its path; a journal or history that was cut is passed over.
 *
 * <p>An example:
 *
 * <pre>{@code
 * org.apache.hadoop.fs.Path runs = tributary.spark.publish.History.folder("out/stamps/");
 * String name = runs.getName(); // stamps.runs
 * }</pre>
 */
@NullMarked
package tributary.spark.publish;

import org.jspecify.annotations.NullMarked;
