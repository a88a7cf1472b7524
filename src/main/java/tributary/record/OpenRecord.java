package tributary.record;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tributary.read.Digest;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.split.Splitter;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;
import tributary.tokenize.Tokenizer;
import tributary.tokenize.Tokens;

/**
 * One record while its rows come in: decodes and tokenizes block by block, numbers the tokens of a
 * modality through all rows, and cuts them into subsequences. Lives in a task, used by one thread;
 * holds one payload and one subsequence a modality, whatever the record's length.
 */
public final class OpenRecord {
  /** A cell with the modality and column that it belongs to. */
  public record Cell(String modality, String column, Payload payload) {}

  private final Recipe recipe;
  private final Consumer<Subsequence> out;
  private final KnownRoots known;
  private final SortedMap<String, ModalityRoot> roots = new TreeMap<>();
  private final SortedMap<String, String> hashes = new TreeMap<>();
  private final Map<String, Splitter> splitters = new TreeMap<>();
  private final SortedMap<String, Long> tokens = new TreeMap<>();
  private final SortedMap<String, Long> leftOut = new TreeMap<>();
  private final Deque<Cell> waiting = new ArrayDeque<>();
  private final Digest digest = new Digest();
  private boolean digestible = true;
  private @Nullable Cell cell;
  private @Nullable Tokens current;

  public OpenRecord(Recipe recipe, Consumer<Subsequence> out) {
    this(recipe, out, KnownRoots.NONE);
  }

  /**
   * Opens a record of which modalities may be known: nothing of those is decoded.
   *
   * @param known asked once per cell; of a record of one row
   */
  public OpenRecord(Recipe recipe, Consumer<Subsequence> out, KnownRoots known) {
    this.recipe = recipe;
    this.out = out;
    this.known = known;
  }

  /** Queues the cells of one row; they are read in this order. */
  public void row(Iterable<Cell> cells) {
    cells.forEach(waiting::add);
  }

  /**
   * Does a small piece of work: false if nothing waits. Throws {@link Rejected}; {@link #column}
   * then names the culprit.
   */
  public boolean step() {
    if (current == null) {
      cell = waiting.poll();
      if (cell == null) {
        return false;
      }
      digest(cell);
      if (isKnown(cell.modality())) {
        return true;
      }
      current = opened(cell.payload(), recipe.tokenizer(cell.modality()));
    }
    Cell open = java.util.Objects.requireNonNull(cell);
    TokenBlock block = next(current);
    if (block == null) {
      current = null;
    } else {
      push(open.modality(), block);
    }
    return true;
  }

  private void digest(Cell next) {
    try {
      digest.text(next.modality());
      next.payload().digest(digest);
    } catch (RuntimeException e) {
      digestible = false;
      throw rejected(e);
    }
  }

  /** Whether the modality of the cell that is being read has its root. */
  private boolean isKnown(String modality) {
    String hash = known == KnownRoots.NONE ? null : payloadDigest();
    if (hash == null) {
      return false;
    }
    ModalityRoot root = known.of(modality, hash).orElse(null);
    if (root == null) {
      hashes.put(modality, hash);
      return false;
    }
    roots.put(modality, root);
    tokens.put(modality, root.tokens());
    if (root.leftOut() > 0) {
      leftOut.put(modality, root.leftOut());
    }
    return true;
  }

  private static Tokens opened(Payload payload, Tokenizer tokenizer) {
    try {
      return tokenizer.tokens(payload.signal());
    } catch (RuntimeException e) {
      throw rejected(e);
    }
  }

  private static @Nullable TokenBlock next(Tokens tokens) {
    try {
      return tokens.next();
    } catch (RuntimeException e) {
      throw rejected(e);
    }
  }

  /** Whatever is thrown while a cell is read means that this cell can't be. */
  private static Rejected rejected(RuntimeException e) {
    return e instanceof Rejected told
        ? told
        : new Rejected(Rejected.Reason.UNREADABLE, "Cannot read the cell: " + e, e);
  }

  private void push(String modality, TokenBlock block) {
    long seen = tokens.getOrDefault(modality, 0L);
    int keep = (int) Math.min(block.count(), recipe.maxTokens(modality) - seen);
    if (keep < block.count()) {
      leftOut.merge(modality, (long) block.count() - keep, Long::sum);
    }
    if (seen + keep > recipe.roomFor(modality)) {
      throw tooLong(modality, seen + block.count());
    }
    if (keep > 0) {
      tokens.put(modality, seen + keep);
      splitters
          .computeIfAbsent(modality, m -> new Splitter(m, recipe.subsequenceTokens(), out))
          .push(Splitter.slice(block, 0, keep));
    }
  }

  /** Counts the cell to its end, for whoever sets a limit must know how long records are. */
  private Rejected tooLong(String modality, long seen) {
    long length = seen;
    Tokens rest = java.util.Objects.requireNonNull(current);
    for (TokenBlock block = next(rest); block != null; block = next(rest)) {
      length += block.count();
    }
    return new Rejected(
        Rejected.Reason.TOO_LONG,
        length
            + " tokens of "
            + modality
            + " up to the end of this cell, more than the "
            + recipe.roomFor(modality)
            + " that the model has room for (modalities."
            + modality
            + ".max-tokens leaves the rest out, counted)");
  }

  /** After the last row: the last, shorter subsequences go out. */
  public void finish() {
    splitters.values().forEach(Splitter::finish);
  }

  /** The column that is being read, for a quarantine row; empty before the first. */
  public String column() {
    return cell == null ? "" : cell.column();
  }

  /**
   * SHA-256 of the payload that is being read, hex; null before the first or where it can't be had.
   */
  public @Nullable String payloadDigest() {
    if (cell == null) {
      return null;
    }
    try {
      Digest own = new Digest();
      cell.payload().digest(own);
      return own.hex();
    } catch (RuntimeException unreadable) {
      return null;
    }
  }

  /** Tokens by modality, of the modalities that have any: those present. */
  public SortedMap<String, Long> tokens() {
    return tokens;
  }

  /** Tokens left out by a limit, by modality. */
  public SortedMap<String, Long> leftOut() {
    return leftOut;
  }

  /** Modalities that were known, of which there are no subsequences. */
  public SortedMap<String, ModalityRoot> roots() {
    return roots;
  }

  /**
   * SHA-256 of the payloads that were read, hex, by modality; none where nothing could be known.
   */
  public SortedMap<String, String> modalityHashes() {
    return hashes;
  }

  /** Takes the cells of one row for the record's content alone, and all that wait. */
  public void skim(Iterable<Cell> cells) {
    row(cells);
    try {
      for (Cell next = waiting.poll(); next != null && digestible; next = waiting.poll()) {
        digest(next);
      }
    } catch (Rejected unreadable) {
      waiting.clear();
    }
  }

  /**
   * SHA-256 of all cells, hex, those included that were not read; null where one of them can't be
   * had. Call once, at the end.
   */
  public @Nullable String contentHash() {
    skim(List.of());
    return digestible ? digest.hex() : null;
  }

  /** SHA-256 of all cells so far, hex; call once, at the end. */
  public String inputHash() {
    return digest.hex();
  }
}
