package tributary.tokenize;

import java.io.IOException;

/** One channel of sound, pulled in order by one thread. */
interface Mono extends AutoCloseable {
  /** Reads samples into to[at .. at + n); gives how many: fewer than n only at the end, then 0. */
  int read(float[] to, int at, int n) throws IOException;

  @Override
  void close() throws IOException;
}
