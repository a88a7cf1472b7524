/**
 * Checkpoints of other libraries -> {@link tributary.model.Model}: configuration and weights under
 * our names, nothing computed.
 *
 * <p>Law: every tensor of the checkpoint finds its place, every place its tensor, or the import is
 * refused with all of them listed; every field of its configuration that changes a result is read
 * or refused by name.
 */
@NullMarked
package tributary.tools.huggingface;

import org.jspecify.annotations.NullMarked;
