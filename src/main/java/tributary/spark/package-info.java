/**
 * The job: partitioning, one model a JVM, merge by record. The only package that knows Spark; a
 * format is a string here.
 */
@NullMarked
package tributary.spark;

import org.jspecify.annotations.NullMarked;
