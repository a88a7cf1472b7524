package tributary.explain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a page says of one record.
 *
 * @param title what is above it, such as the record's id
 * @param facts what made it: model, hash, job, encoder, in this order
 * @param warning what a reader must know before all else, such as random weights; null for nothing
 * @param how what a share is made of
 * @param parts the modalities present
 */
public record Explanation(
    String title, List<Fact> facts, @Nullable String warning, String how, List<Part> parts) {
  /** A line of the table of facts. */
  public record Fact(String name, String value) {}

  public Explanation {
    facts = List.copyOf(facts);
    parts = List.copyOf(parts);
  }

  /** Tokens of all modalities. */
  int tokens() {
    return parts.stream().mapToInt(p -> p.shares().length).sum();
  }
}
