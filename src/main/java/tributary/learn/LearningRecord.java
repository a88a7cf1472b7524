package tributary.learn;

import java.util.SortedMap;
import java.util.TreeMap;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;

/**
 * One record to learn from. Made in a task, of bytes read back; nobody else holds its arrays.
 *
 * @param rank place among all records of its part of the table, from 0
 * @param tokens by modality, of those present: all tokens of the modality as one subsequence of
 *     index 0, in one block or more
 * @param labels as text, by column; a label that is null has no entry
 */
public record LearningRecord(
    String id, long rank, SortedMap<String, Subsequence> tokens, SortedMap<String, String> labels) {
  /** Tokens by modality, of those present. */
  public SortedMap<String, Long> counts() {
    SortedMap<String, Long> counts = new TreeMap<>();
    tokens.forEach((m, s) -> counts.put(m, s.blocks().stream().mapToLong(TokenBlock::count).sum()));
    return counts;
  }
}
