/** Arguments to configuration to run to exit code. */
@NullMarked
package tributary.cli;

import org.jspecify.annotations.NullMarked;
