package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.merge.Node;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;
import tributary.record.Fused;
import tributary.record.Fuser;
import tributary.record.KnownRoots;
import tributary.record.OpenRecord;
import tributary.record.Recipe;
import tributary.split.Subsequence;
import tributary.split.SubsequenceBytes;
import tributary.tokenize.TokenBlock;
import tributary.write.Outcome;

/**
 * One record on its way through {@link RecordRows}: whole, as long as it fits a batch; else its
 * pieces go out as they come. Lives in a task, used by one thread.
 */
final class TaskRecord {
  private final String id;
  private final Row keep;
  private final TaskPlan.Reading plan;
  private final Consumer<Staged> out;
  private final OpenRecord open;
  private final boolean mayBeSpread;
  private final List<Subsequence> whole = new ArrayList<>();
  private @Nullable Object lastPart;
  private Outcome.@Nullable Quarantined rejected;
  private long bytes;
  private boolean spread;
  private boolean hashed = true;

  /**
   * @param keep the kept columns, from its first row
   * @param out where pieces go
   * @param known of its modalities
   */
  TaskRecord(
      String id,
      Row keep,
      TaskPlan.Reading plan,
      Recipe recipe,
      Consumer<Staged> out,
      KnownRoots known) {
    this.id = id;
    this.keep = keep;
    this.plan = plan;
    this.out = out;
    this.mayBeSpread = recipe.subsequenceTokens() < Long.MAX_VALUE;
    this.open = new OpenRecord(recipe, this::accept, known);
  }

  private void accept(Subsequence s) {
    if (spread) {
      out.accept(piece(s));
      return;
    }
    whole.add(s);
    bytes += bytes(s);
    spread =
        mayBeSpread
            && (bytes > plan.batchBytes()
                || open.tokens().getOrDefault(s.modality(), 0L) > plan.spreadTokens());
    if (spread) {
      whole.forEach(w -> out.accept(piece(w)));
      whole.clear();
    }
  }

  private Staged piece(Subsequence s) {
    return new Staged.Piece(id, s.modality(), s.index(), SubsequenceBytes.write(s));
  }

  private static long bytes(Subsequence s) {
    long bytes = 0;
    for (TokenBlock block : s.blocks()) {
      bytes +=
          block instanceof TokenBlock.Values v
              ? (long) v.values().length * Float.BYTES
              : block.count();
    }
    return bytes;
  }

  String id() {
    return id;
  }

  /** Takes one more row, to be read by {@link #step}. */
  void row(Row row, Cells cells) {
    if (rejected != null) {
      skim(row, cells);
      return;
    }
    if (plan.parts()) {
      try {
        part(row.isNullAt(TaskPlan.PART) ? null : row.get(TaskPlan.PART));
      } catch (Rejected e) {
        reject(e, plan.partColumn(), cells.digest(row));
        hashed = false;
        return;
      }
    }
    try {
      open.row(cells.of(row));
    } catch (Rejected e) {
      reject(e, "", cells.digest(row));
      hashed = false;
    }
  }

  /** A row of a record that is rejected: it is of its content all the same. */
  private void skim(Row row, Cells cells) {
    if (hashed) {
      open.skim(cells.of(row));
    }
  }

  private void part(@Nullable Object part) {
    if (part == null) {
      throw new Rejected(Reason.NULL_PART, "a part of id " + id + " is null");
    }
    if (part.equals(lastPart)) {
      throw new Rejected(
          Reason.DUPLICATE_PART, "part " + part + " of id " + id + " stands more than once");
    }
    lastPart = part;
  }

  /** One block of tokens; false where the rows so far are used up or the record was rejected. */
  boolean step() {
    if (rejected != null) {
      return false;
    }
    try {
      return open.step();
    } catch (Rejected e) {
      reject(e, open.column(), open.payloadDigest());
      return false;
    }
  }

  /** Rejects a record whose id others have, too: its content is not looked at. */
  void reject(Rejected why, String column, Row row, Cells cells) {
    reject(why, column, cells.digest(row));
    hashed = false;
  }

  /** The first reason counts. */
  private void reject(Rejected why, String column, @Nullable String digest) {
    if (rejected == null) {
      rejected = new Outcome.Quarantined(id, column, why, digest);
      whole.clear();
      bytes = 0;
    }
  }

  /** After the last row: the last pieces go out; gives the tokens of a record that was read. */
  long finish() {
    if (rejected != null) {
      return 0;
    }
    open.finish();
    return open.tokens().values().stream().mapToLong(n -> n).sum();
  }

  /** What is known of it once it is finished; none of a whole record, which waits to be encoded. */
  Optional<Staged> staged() {
    if (rejected != null) {
      return Optional.of(new Staged.Finished(rejected, keep, hashed ? open.contentHash() : null));
    }
    return spread ? Optional.of(header(Staged.NO_LATENTS)) : Optional.empty();
  }

  /** Whether it has come to nothing, for a reason that was given. */
  boolean isRejected() {
    return rejected != null;
  }

  /** What makes its pieces a record; call once, at the end. */
  Staged header(byte[] payload) {
    return new Staged.Header(
        id, open.tokens(), open.leftOut(), open.inputHash(), keep, payload, open.modalityHashes());
  }

  /** Whether its pieces go out as they come. */
  boolean isSpread() {
    return spread;
  }

  /** Of modalities that were known: in order, of each. */
  List<Node> knownNodes() {
    return open.roots().values().stream().flatMap(root -> root.nodes().stream()).toList();
  }

  /** SHA-256 of what was read of modalities, hex; none of one whose content can't be had. */
  Map<String, String> modalityHashes() {
    return open.modalityHashes();
  }

  /** Seen, of a modality. */
  long tokens(String modality) {
    return open.tokens().getOrDefault(modality, 0L);
  }

  /** Tokens of a modality beyond a limit. */
  long leftOut(String modality) {
    return open.leftOut().getOrDefault(modality, 0L);
  }

  /** All of a whole record. */
  List<Subsequence> subsequences() {
    return whole;
  }

  /** Of the tokens of a whole record, and of what was known of it. */
  long bytes() {
    long known = 0;
    for (Node node : knownNodes()) {
      known += (long) node.latents().length * Float.BYTES;
    }
    return bytes + known;
  }

  /** A whole record with its embedding. */
  Staged encoded(float[] embedding) {
    String hash = open.inputHash();
    Outcome outcome;
    try {
      float[] finite = Fuser.finite(embedding);
      outcome = new Outcome.Embedded(id, new Fused(finite, open.tokens(), open.leftOut(), hash));
    } catch (Rejected e) {
      outcome = new Outcome.Quarantined(id, "", e, hash);
    }
    return new Staged.Finished(outcome, keep, hash);
  }
}
