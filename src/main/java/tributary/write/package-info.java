/** Embedding, quarantined record and run manifest: what comes out. Knows no Spark. */
@NullMarked
package tributary.write;

import org.jspecify.annotations.NullMarked;
