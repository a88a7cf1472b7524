package tributary.spark;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;

/**
 * The headers of spread records to one copy for each partition that holds pieces of the record:
 * each stands under the modality and index of such a piece, so that it goes where that goes.
 */
final class CopyHeaders implements MapPartitionsFunction<Row, Row> {
  private final TaskPlan plan;
  private final int partitions;

  CopyHeaders(TaskPlan plan, int partitions) {
    this.plan = plan;
    this.partitions = partitions;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> headers) {
    if (!headers.hasNext()) {
      return headers;
    }
    long unit = ExecutorModel.forTask(plan).recipe().subsequenceTokens();
    return new Iterator<>() {
      private final Deque<Row> copies = new ArrayDeque<>();

      @Override
      public boolean hasNext() {
        while (copies.isEmpty() && headers.hasNext()) {
          copy((Staged.Header) Staged.of(headers.next()), unit, copies);
        }
        return !copies.isEmpty();
      }

      @Override
      public Row next() {
        if (!hasNext()) {
          throw new NoSuchElementException("no more headers");
        }
        return copies.remove();
      }
    };
  }

  private void copy(Staged.Header h, long unit, Deque<Row> copies) {
    h.tokens()
        .forEach(
            (modality, n) -> {
              long pieces = Math.min((n + unit - 1) / unit, partitions);
              for (long i = 0; i < pieces; i++) {
                copies.add(new Staged.Copy(h.id(), modality, i, h.tokens(), h.latents()).row());
              }
            });
  }
}
