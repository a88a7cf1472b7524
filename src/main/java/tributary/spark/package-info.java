/**
 * Where the three functions run: the job on Spark. Partitions, one model per JVM, one shuffle for
 * long records, quarantine, manifest.
 *
 * <pre>
 *   driver     Preflight: all that can be known before the run -> Prepared -> FuseJob
 *   input      InputFrame: id, part, kept columns, a column per modality
 *   ids        RecordKeys: as text, none of two; Census: of staged rows, or before the run
 *   tasks      EncodeRecords -> done, quarantined
 *                \-> pieces of long records -> [shuffle] EncodePieces -> nodes
 *                                             -> [shuffle by id] MergeRecords -> done
 *              ExecutorModel: one per JVM, keyed by its hash; ModelShipment brings the weights
 *   output     Publication: quarantine, output within the error budget, manifest last
 * </pre>
 *
 * <p>Spark and its formats are known here, in {@code spark.sql}, in the command line and in the
 * job's rows of {@code bench}; a format is a string from the configuration. {@link
 * tributary.spark.SyntheticTable} makes the demo's table, {@link tributary.spark.ShowTable} reads
 * what a run wrote, {@link tributary.spark.OneRecord} explains one record on the driver.
 *
 * <p>Law: any partitioning, batch size, order, retry or number of executors gives the bits of
 * {@link tributary.record.Fuser}. In = out + unchanged + quarantined is counted from the data and
 * checked in every run: an account that does not add up fails it, and nothing is written. Nothing
 * is written before every record has been encoded or quarantined. Memory of a task depends on
 * {@code run.batch-bytes}, not on the number or the length of records.
 *
 * <p>Failure modes: what can be known before the run is {@link tributary.config.Problems.Refused},
 * all of it together; a record that can't be decoded, whatever its cells throw, is a row of the
 * quarantine table; too many of them end the run with {@link tributary.write.BudgetExceeded} and no
 * output table. A lost block is computed anew, to the same bits. Bytes of a shuffle that are not of
 * this model are refused by their hash.
 *
 * <p>A job from a program, with a session that it has:
 *
 * <pre>{@code
 * SparkSession spark = SparkSession.active();
 * JobConfigs.Loaded job =
 *     JobConfigs.load(Path.of("jobs/demo.yaml"), System.getenv(), Map.of(), List.of());
 * RunManifest manifest = FuseJob.run(job.config(), job.fusing(), spark);
 * }</pre>
 */
@NullMarked
package tributary.spark;

import org.jspecify.annotations.NullMarked;
