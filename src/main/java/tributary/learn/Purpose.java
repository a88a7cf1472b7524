package tributary.learn;

/** What random numbers are for: each purpose has streams of its own. Numbers are kept for ever. */
public enum Purpose {
  /** The order of an epoch's records. */
  ORDER(1),
  /** Which tokens a view of a record shows. */
  VISIBLE(2),
  /** Which modalities a view of a record has. */
  MODALITIES(3),
  /** Which subtrees of a long record are learned from. */
  SUBTREES(4),
  /** Noise on a view's tokens. */
  JITTER(5),
  /** Weights at the start that no model has: decoders, heads. */
  INITIAL(6),
  /** Which records are held out, or shown on a page. */
  SAMPLE(7);

  final int number;

  Purpose(int number) {
    this.number = number;
  }
}
