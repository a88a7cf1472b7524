package tributary.write;

/**
 * More records were quarantined than the error budget allows: exit code 3. The manifest and the
 * quarantine table are written, the output is not.
 */
public final class BudgetExceeded extends RuntimeException {
  private final RunManifest manifest;

  public BudgetExceeded(RunManifest manifest, double maxFraction, String quarantine) {
    super(
        "Cannot finish the run: "
            + manifest.counts().quarantined()
            + " of "
            + manifest.counts().in()
            + " records quarantined (errors.max-fraction "
            + maxFraction
            + "); reasons "
            + manifest.counts().reasons()
            + "; see "
            + quarantine);
    this.manifest = manifest;
  }

  public RunManifest manifest() {
    return manifest;
  }
}
