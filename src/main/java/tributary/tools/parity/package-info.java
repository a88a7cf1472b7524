/**
 * Golden cases -> agreement: every case of a folder is run on every backend and compared with what
 * the independent double-precision reference computed.
 *
 * <p>Law: every size comes from the case; every output that the case holds is compared. Failure
 * modes: a case that can't be read or run is FAILED with the reason, one of another kind is
 * UNSUPPORTED; neither stops the others.
 */
@NullMarked
package tributary.tools.parity;

import org.jspecify.annotations.NullMarked;
