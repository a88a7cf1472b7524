package tributary.write;

import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * More records were quarantined than the error budget allows: exit code 3. The quarantine table is
 * written, and the manifest where the job has one; the output is not.
 */
public final class BudgetExceeded extends RuntimeException {
  private final @Nullable RunManifest manifest;

  /** Of a job with a manifest. */
  public BudgetExceeded(RunManifest manifest, double maxFraction, String quarantine) {
    super(
        message(manifest.counts(), maxFraction, quarantine)
            + manifest.warnings().stream()
                .filter(w -> w.contains(RunManifest.UNREAD))
                .map(w -> "; " + w)
                .collect(Collectors.joining()));
    this.manifest = manifest;
  }

  /** Of a job without. */
  public BudgetExceeded(RunManifest.Counts counts, double maxFraction, String quarantine) {
    super(message(counts, maxFraction, quarantine));
    this.manifest = null;
  }

  private static String message(RunManifest.Counts counts, double maxFraction, String quarantine) {
    return "Cannot finish the run: "
        + counts.quarantined()
        + " of "
        + counts.in()
        + " records quarantined (errors.max-fraction "
        + maxFraction
        + "); reasons "
        + counts.reasons()
        + "; see "
        + quarantine;
  }

  /** None of a job that writes none. */
  public Optional<RunManifest> manifest() {
    return Optional.ofNullable(manifest);
  }
}
