package tributary.spark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.merge.Node;
import tributary.read.Digest;
import tributary.read.Rejected;
import tributary.record.Fused;
import tributary.record.Fuser;
import tributary.record.OpenRecord;
import tributary.split.Subsequence;
import tributary.split.SubsequenceBytes;
import tributary.tokenize.TokenBlock;

/**
 * The first step, no shuffle: input rows to finished records, quarantined ones, and the pieces of
 * records that are too long for one task. Pulls its input row by row and holds at most a batch of
 * tokens, one payload and, of a long record, one subsequence a modality.
 */
final class EncodeRecords implements MapPartitionsFunction<Row, Row> {
  private final TaskPlan plan;
  private final Metrics metrics;

  EncodeRecords(TaskPlan plan, Metrics metrics) {
    this.plan = plan;
    this.metrics = metrics;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return rows;
    }
    ExecutorModel.Held model = ExecutorModel.forTask(plan);
    return new Records(rows, model);
  }

  /** One record on its way. */
  private final class Record {
    final @Nullable String id;
    final @Nullable Row keep;
    final OpenRecord open;
    final List<Subsequence> whole = new ArrayList<>();
    @Nullable Rejected rejected;
    String column = "";
    @Nullable String digest;
    @Nullable Object lastPart;
    long bytes;
    boolean spread;

    Record(@Nullable String id, @Nullable Row keep, ExecutorModel.Held model, Deque<Row> ready) {
      this.id = id;
      this.keep = keep;
      this.open = new OpenRecord(model.recipe(), s -> accept(s, model, ready));
    }

    private void accept(Subsequence s, ExecutorModel.Held model, Deque<Row> ready) {
      if (!spread) {
        whole.add(s);
        bytes += bytes(s);
        spread =
            model.recipe().subsequenceTokens() < Long.MAX_VALUE
                && (bytes > plan.batchBytes()
                    || open.tokens().getOrDefault(s.modality(), 0L) > plan.spreadTokens());
        if (spread) {
          whole.forEach(w -> ready.add(piece(w)));
          whole.clear();
        }
      } else {
        ready.add(piece(s));
      }
    }

    private Row piece(Subsequence s) {
      return Staged.piece(
          Objects.requireNonNull(id), s.modality(), s.index(), SubsequenceBytes.write(s));
    }

    void reject(Rejected why, String culprit, @Nullable String payloadDigest) {
      if (rejected == null) {
        rejected = why;
        column = culprit;
        digest = payloadDigest;
        whole.clear();
        bytes = 0;
      }
    }
  }

  static long bytes(Subsequence s) {
    long bytes = 0;
    for (TokenBlock block : s.blocks()) {
      bytes +=
          block instanceof TokenBlock.Values v
              ? (long) v.values().length * Float.BYTES
              : block.count();
    }
    return bytes;
  }

  private final class Records implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final ExecutorModel.Held model;
    private final Deque<Row> ready = new ArrayDeque<>();
    private final List<Record> batch = new ArrayList<>();
    private long batchBytes;
    private @Nullable Row peeked;
    private @Nullable Record current;
    private boolean done;

    Records(Iterator<Row> rows, ExecutorModel.Held model) {
      this.rows = rows;
      this.model = model;
    }

    @Override
    public boolean hasNext() {
      if (ready.isEmpty() && !done) {
        long start = System.nanoTime();
        while (ready.isEmpty() && !done) {
          advance();
        }
        metrics.taskNanos.add(System.nanoTime() - start);
      }
      return !ready.isEmpty();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException("no more records");
      }
      return ready.remove();
    }

    private void advance() {
      Record record = current;
      if (record == null) {
        Row row = nextRow();
        if (row == null) {
          flush();
          done = true;
        } else {
          start(row);
        }
        return;
      }
      if (record.rejected == null && stepped(record)) {
        return;
      }
      Row row = plan.parts() && record.id != null ? nextRow() : null;
      if (row != null && record.id != null && record.id.equals(row.getString(TaskPlan.ID))) {
        append(record, row);
        return;
      }
      peeked = row;
      close(record);
      current = null;
    }

    /** One block of tokens; false where the rows so far are used up or the record was rejected. */
    private boolean stepped(Record record) {
      long start = System.nanoTime();
      try {
        return record.open.step();
      } catch (Rejected e) {
        record.reject(e, record.open.column(), record.open.payloadDigest());
        return false;
      } finally {
        metrics.readNanos.add(System.nanoTime() - start);
      }
    }

    private @Nullable Row nextRow() {
      if (peeked != null) {
        Row row = peeked;
        peeked = null;
        return row;
      }
      long start = System.nanoTime();
      Row row = rows.hasNext() ? rows.next() : null;
      metrics.inputNanos.add(System.nanoTime() - start);
      return row;
    }

    private void start(Row row) {
      String id = row.isNullAt(TaskPlan.ID) ? null : row.getString(TaskPlan.ID);
      Record record =
          new Record(
              id, row.isNullAt(TaskPlan.KEEP) ? null : row.getStruct(TaskPlan.KEEP), model, ready);
      current = record;
      if (id == null) {
        record.reject(
            new Rejected(Rejected.Reason.NULL_ID, "the id is null"), plan.idColumn(), null);
      } else if (row.getBoolean(TaskPlan.DUPLICATE)) {
        record.reject(
            new Rejected(Rejected.Reason.DUPLICATE_ID, "the id " + id + " stands more than once"),
            plan.idColumn(),
            rowDigest(row));
      } else {
        append(record, row);
      }
    }

    private void append(Record record, Row row) {
      if (record.rejected != null) {
        return;
      }
      if (plan.parts()) {
        Object part = row.isNullAt(TaskPlan.PART) ? null : row.get(TaskPlan.PART);
        if (part == null) {
          record.reject(
              new Rejected(Rejected.Reason.NULL_PART, "a part of id " + record.id + " is null"),
              plan.partColumn(),
              rowDigest(row));
          return;
        }
        if (part.equals(record.lastPart)) {
          record.reject(
              new Rejected(
                  Rejected.Reason.DUPLICATE_PART,
                  "part " + part + " of id " + record.id + " stands more than once"),
              plan.partColumn(),
              rowDigest(row));
          return;
        }
        record.lastPart = part;
      }
      try {
        record.open.row(model.cells().of(row));
      } catch (Rejected e) {
        record.reject(e, "", rowDigest(row));
      }
    }

    private @Nullable String rowDigest(Row row) {
      Digest digest = new Digest();
      try {
        for (OpenRecord.Cell cell : model.cells().of(row)) {
          digest.text(cell.modality());
          cell.payload().digest(digest);
        }
        return digest.hex();
      } catch (Rejected unreadable) {
        return null;
      }
    }

    private void close(Record record) {
      metrics.records.add(1);
      if (record.rejected == null) {
        record.open.finish();
        record.open.tokens().values().forEach(n -> metrics.tokens.add(n));
      }
      if (record.rejected != null) {
        ready.add(
            Staged.quarantined(
                record.id, record.column, record.rejected, record.digest, record.keep));
      } else if (record.spread) {
        ready.add(
            Staged.header(
                Objects.requireNonNull(record.id),
                record.open.tokens(),
                record.open.leftOut(),
                record.open.inputHash(),
                record.keep));
      } else {
        batch.add(record);
        batchBytes += record.bytes;
        if (batchBytes >= plan.batchBytes() || batch.size() >= plan.batchRecords()) {
          flush();
        }
      }
    }

    private void flush() {
      if (batch.isEmpty()) {
        return;
      }
      long start = System.nanoTime();
      List<Subsequence> all = new ArrayList<>();
      batch.forEach(r -> all.addAll(r.whole));
      List<Node> nodes = model.encoder().encode(all);
      int from = 0;
      for (Record record : batch) {
        int to = from + record.whole.size();
        ready.add(finish(record, nodes.subList(from, to)));
        from = to;
      }
      batch.clear();
      batchBytes = 0;
      metrics.kernelNanos.add(System.nanoTime() - start);
      metrics.nativePeak.add(model.nativePeak());
    }

    private Row finish(Record record, List<Node> nodes) {
      String id = Objects.requireNonNull(record.id);
      OpenRecord open = record.open;
      String hash = open.inputHash();
      try {
        float[] embedding = Fuser.finish(model.encoder(), nodes);
        return Staged.done(
            id, new Fused(embedding, open.tokens(), open.leftOut(), hash), record.keep);
      } catch (Rejected e) {
        return Staged.quarantined(id, "", e, hash, record.keep);
      }
    }
  }
}
