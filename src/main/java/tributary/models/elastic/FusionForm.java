package tributary.models.elastic;

import java.util.List;
import tributary.config.Fields;
import tributary.config.Problems;

/**
 * How the roots of the modalities are fused (`fusion.form`), each root [K, C] with its modality's
 * code added. Every form ends in `fusion.latents` rows of `fusion.channels` channels.
 *
 * @param form one of {@link #FORMS}
 * @param chunk retro: rows of a chunk, each of which reads one modality; else 0
 * @param memory persistent-memory: learned vectors of each head and layer; else 0
 * @param condition film: the modality that modulates the others; else empty
 */
public record FusionForm(String form, int chunk, int memory, String condition) {
  /** Learned latents attend to all roots at once (the default). */
  public static final String CROSS_ATTENTION = "cross-attention";

  /** Two roots, aligned by latent, go through SelfDoc's step. */
  public static final String SELFDOC = "selfdoc";

  /** The mean of one root scales and shifts the channels of the others. */
  public static final String FILM = "film";

  /** Two roots are CrossViT's branches, their row 0 the class token. */
  public static final String CROSSVIT = "crossvit";

  /** Chunks of learned latents attend to one root each, as to what was retrieved for them. */
  public static final String RETRO = "retro";

  /** Learned latents are decoded with the roots as the memory. */
  public static final String TRANSFORMER_DECODER = "transformer-decoder";

  /** Cross-attention, then self-attention with persistent memory for its feed-forward layers. */
  public static final String PERSISTENT_MEMORY = "persistent-memory";

  /** All of them. */
  public static final List<String> FORMS =
      List.of(
          CROSS_ATTENTION, SELFDOC, FILM, CROSSVIT, RETRO, TRANSFORMER_DECODER, PERSISTENT_MEMORY);

  static FusionForm parse(Fields f) {
    String form = f.oneOf("form", FORMS, CROSS_ATTENTION);
    return new FusionForm(
        form,
        form.equals(RETRO) ? f.whole("chunk", 1) : 0,
        form.equals(PERSISTENT_MEMORY) ? f.whole("memory", 1) : 0,
        form.equals(FILM) ? f.string("condition") : "");
  }

  /** Whether the fused rows are those of the roots, rather than learned latents. */
  public boolean ofRoots() {
    return form.equals(SELFDOC) || form.equals(FILM) || form.equals(CROSSVIT);
  }

  /** What of the model doesn't allow this form; key ends in `fusion`. */
  void check(String key, ElasticConfig c, Problems problems) {
    int modalities = c.modalities().size();
    int layers = c.fusion().selfLayers();
    switch (form) {
      case SELFDOC, CROSSVIT -> {
        if (modalities != 2) {
          problems.invalid(
              key + ".form", form, "fuses two modalities, the model has " + modalities);
        }
        rows(key, c, 2, problems);
      }
      case FILM -> {
        if (modalities < 2) {
          problems.invalid(key + ".form", form, "one modality modulates others, the model has 1");
        }
        if (!c.modalities().containsKey(condition)) {
          problems.invalid(
              key + ".condition", condition, "one of the modalities " + c.modalities().keySet());
        }
        if (c.fusion().crossHeads() != 1) {
          problems.invalid(key + ".cross_heads", c.fusion().crossHeads(), "1: film has no heads");
        }
        rows(key, c, Math.max(1, modalities - 1), problems);
      }
      case RETRO -> {
        int least = chunk * modalities;
        if (c.fusion().latents() < least) {
          problems.invalid(
              key + ".latents",
              c.fusion().latents(),
              "a chunk of %d for each of %d modalities: >= %d".formatted(chunk, modalities, least));
        }
      }
      case TRANSFORMER_DECODER, PERSISTENT_MEMORY -> {
        if (layers < 1) {
          problems.invalid(key + ".self_layers", layers, ">= 1: the layers of " + form);
        }
      }
      default -> {}
    }
  }

  /** The fused rows are those of some roots, as wide and as many. */
  private void rows(String key, ElasticConfig c, int roots, Problems problems) {
    int rows = c.last().latents();
    if (c.merge().latents() != rows) {
      problems.invalid(
          key.replaceAll("fusion$", "merge.latents"),
          c.merge().latents(),
          "as many as the last level has, "
              + rows
              + ", for "
              + form
              + " fuses roots of one length");
    }
    if (c.fusion().channels() != c.last().channels()) {
      problems.invalid(
          key + ".channels",
          c.fusion().channels(),
          "as wide as the roots that " + form + " fuses: " + c.last().channels());
    }
    if (c.fusion().latents() != roots * rows) {
      problems.invalid(
          key + ".latents",
          c.fusion().latents(),
          "the rows of what %s fuses: %d of %d, %d".formatted(form, roots, rows, roots * rows));
    }
  }
}
