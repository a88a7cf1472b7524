package tributary.spark.learn;

/** A task can't have what another one should give; Spark runs the stage again. */
final class ExchangeFailed extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /**
   * @param task the other one
   */
  ExchangeFailed(int task, String reason) {
    super("Cannot exchange with task " + task + ": " + reason);
  }
}
