package tributary.record;

import java.util.List;
import tributary.merge.Node;

/**
 * What one modality of a record comes to before it meets the others: a function of the model, of
 * the modality's recipe and of its content.
 *
 * @param tokens seen, one or more
 * @param leftOut tokens beyond a limit
 * @param nodes of its subsequences, in order
 */
public record ModalityRoot(long tokens, long leftOut, List<Node> nodes) {}
