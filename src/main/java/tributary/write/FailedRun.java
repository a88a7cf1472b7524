package tributary.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What a history keeps of a run that came to nothing.
 *
 * @param status failed
 * @param startedAt ISO-8601, UTC
 * @param reason in one line
 */
public record FailedRun(String status, String startedAt, String reason) {
  /** JSON. */
  public String json() {
    try {
      return new ObjectMapper().writeValueAsString(this);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write run: " + e.getMessage(), e);
    }
  }
}
