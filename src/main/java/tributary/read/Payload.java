package tributary.read;

/** One cell of one modality, not yet decoded. Lives in a task. */
public interface Payload {
  /** Decodes it; throws {@link Rejected} where it can't be. */
  Signal signal();

  /** Adds the cell's content to the record's digest. */
  void digest(Digest digest);
}
