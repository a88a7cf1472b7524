/**
 * Learning on Spark, and how what was learned is measured.
 *
 * <pre>
 *   tables of embeddings -> LabelledTable: counted, checked and packed in tasks, collected by id
 *     -> LinearProbe: divided by the hash of the id -> tributary.learn.probe -> ProbeReport
 * </pre>
 *
 * <p>Law: the figures are equal for any number of partitions, tasks and executors: what is summed
 * is in the order of the ids.
 *
 * <p>Failure modes: a column that is not there, embeddings of several widths or of two models, ids
 * that occur twice, one class, more classes than records, more numbers than the driver can hold:
 * each is {@link tributary.config.Problems.Refused} with a message. Records without a label or an
 * embedding are left out and counted.
 *
 * <p>What the demo's embeddings say of its labels:
 *
 * <pre>{@code
 * SparkSession spark = SparkSession.active();
 * LinearProbe.Request request =
 *     new LinearProbe.Request(
 *         "parquet", "out/demo", null, "label", null, new Division(1, 0.8), 10);
 * ProbeReport report = new LinearProbe(spark).run(request);
 * report.lines().forEach(System.out::println);
 * }</pre>
 */
@NullMarked
package tributary.spark.learn;

import org.jspecify.annotations.NullMarked;
