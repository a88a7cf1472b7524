/**
 * ND4J behind the seam: its buffers hold the memory, its OpenBLAS multiplies. The only importer of
 * org.nd4j and org.bytedeco.
 */
@NullMarked
package tributary.tensor.nd4j;

import org.jspecify.annotations.NullMarked;
