package tributary.spark.roots;

import java.util.HexFormat;
import tributary.read.Digest;

/**
 * Whose root it is, in digests.
 *
 * @param high of the id, the modality and its content
 * @param low the next 64 bits of it
 * @param slot of the id and the modality: the newest of a slot is alive
 * @param id of the id
 */
record RootKey(long high, long low, long slot, long id) {
  private static final int HALF = 16;

  /**
   * Of a modality of a record.
   *
   * @param contentHash SHA-256 of its payload, hex
   */
  static RootKey of(String id, String modality, String contentHash) {
    String key = new Digest().text(id).text(modality).text(contentHash).hex();
    return new RootKey(
        HexFormat.fromHexDigitsToLong(key, 0, HALF),
        HexFormat.fromHexDigitsToLong(key, HALF, 2 * HALF),
        new Digest().text(id).text(modality).start(),
        id(id));
  }

  static long id(String id) {
    return new Digest().text(id).start();
  }
}
