package tributary.tokenize;

import org.jspecify.annotations.Nullable;

/**
 * The tokens of one signal, block by block: pulled once, in order, by one thread. A block holds at
 * most {@link #BLOCK} tokens.
 */
public interface Tokens {
  int BLOCK = 4096;

  /**
   * The next block, never empty; null at the end. A fault found late is a {@link
   * tributary.read.Rejected}.
   */
  @Nullable TokenBlock next();
}
