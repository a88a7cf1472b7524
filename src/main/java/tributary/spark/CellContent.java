package tributary.spark;

import java.util.function.Consumer;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;
import tributary.read.Digest;

/**
 * What a cell holds that no payload can be made of: its nulls, numbers, bytes, texts, arrays and
 * structs in order, each with its kind. In a task.
 */
record CellContent(Object cell) implements Consumer<Digest> {
  private enum Kind {
    NULL,
    NUMBER,
    BYTES,
    TEXT,
    ARRAY,
    STRUCT
  }

  @Override
  public void accept(Digest digest) {
    add(cell, digest);
  }

  private static void add(@Nullable Object value, Digest digest) {
    if (value == null) {
      digest.number(Kind.NULL.ordinal());
    } else if (value instanceof Number number) {
      digest.number(Kind.NUMBER.ordinal()).number(Double.doubleToLongBits(number.doubleValue()));
    } else if (value instanceof byte[] bytes) {
      digest.number(Kind.BYTES.ordinal()).bytes(bytes);
    } else if (value instanceof Seq<?> array) {
      digest.number(Kind.ARRAY.ordinal()).number(array.length());
      for (int i = 0; i < array.length(); i++) {
        add(array.apply(i), digest);
      }
    } else if (value instanceof Row struct) {
      digest.number(Kind.STRUCT.ordinal()).number(struct.length());
      for (int i = 0; i < struct.length(); i++) {
        add(struct.get(i), digest);
      }
    } else {
      digest.number(Kind.TEXT.ordinal()).text(value.toString());
    }
  }
}
