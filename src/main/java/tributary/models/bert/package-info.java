/** BERT, as weights and a graph. */
@NullMarked
package tributary.models.bert;

import org.jspecify.annotations.NullMarked;
