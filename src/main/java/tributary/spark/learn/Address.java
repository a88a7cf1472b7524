package tributary.spark.learn;

import java.util.Comparator;
import java.util.UUID;

/**
 * Where a room listens, as tasks tell each other through Spark's barrier.
 *
 * @param room of one JVM
 * @param host of the executor, as Spark knows it
 */
record Address(UUID room, String host, int port) {
  static final Comparator<Address> BY_ROOM = Comparator.comparing(Address::room);

  /** For {@link #parse}. */
  String text() {
    return room + "@" + host + ":" + port;
  }

  static Address parse(String text) {
    int at = text.indexOf('@');
    int colon = text.lastIndexOf(':');
    return new Address(
        UUID.fromString(text.substring(0, at)),
        text.substring(at + 1, colon),
        Integer.parseInt(text.substring(colon + 1)));
  }
}
