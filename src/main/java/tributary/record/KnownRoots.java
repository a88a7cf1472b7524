package tributary.record;

import java.util.Optional;

/** What earlier runs made of single modalities of a record. */
public interface KnownRoots {
  /** Nothing is known, and nothing will be: no modality has a hash of its own. */
  KnownRoots NONE = (modality, contentHash) -> Optional.empty();

  /**
   * What a modality comes to.
   *
   * @param contentHash SHA-256 of its payload, hex
   */
  Optional<ModalityRoot> of(String modality, String contentHash);
}
