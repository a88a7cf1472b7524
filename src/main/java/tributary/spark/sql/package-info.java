/**
 * Functions for SQL and for columns, over any table that has embeddings.
 *
 * <pre>
 *   GROUP BY -> CrossAttend (queries attend to each group's embeddings) -> array of rows
 *   table    -> NearestNeighbours (of given vectors)                    -> ids and distances
 * </pre>
 *
 * <p>Law: equal bits for every partitioning; what merges accumulates in double in a fixed order.
 *
 * <p>Failure modes: an embedding of another width, or with a null, NaN or infinity in it, fails the
 * query with its place; a row without an embedding is no key; a group without keys gives null.
 *
 * <p>An example:
 *
 * <pre>{@code
 * SparkSession spark = SparkSession.active();
 * CrossAttend.of(new float[][] {{1, 0}, {0, 0}}).register(spark, "cross_attend");
 * Dataset<Row> seen =
 *     spark.sql("SELECT owner, cross_attend(embedding) AS seen FROM letters GROUP BY owner");
 * }</pre>
 */
@NullMarked
package tributary.spark.sql;

import org.jspecify.annotations.NullMarked;
