package tributary.models.perceiverio;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tributary.attention.FourierFeatures;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Channels;
import tributary.encode.Learner.Masked;
import tributary.encode.Rows;
import tributary.model.ModalitySpec;
import tributary.models.perceiverio.PerceiverTask.FourierImage;
import tributary.models.perceiverio.PerceiverTask.LearnedImage;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** What {@link PerceiverInputs} gives, for several records at once and on a tape. */
final class LearnerInputs {
  private static final int PAD = 0;
  private static final int END = 2;
  private static final int MASK = 3;

  private final PerceiverIoConfig config;
  private final PerceiverInputs inputs;
  private final Weights weights;
  private final @Nullable Linear convolution;
  private final @Nullable Linear projection;

  LearnerInputs(PerceiverIoConfig config, Weights weights) {
    this.config = config;
    this.weights = weights;
    this.inputs = new PerceiverInputs(config.task(), weights);
    boolean learned = config.task() instanceof LearnedImage;
    this.convolution = learned ? weights.linear("input.convolution") : null;
    this.projection = learned ? weights.linear("input.projection") : null;
  }

  /**
   * What the latents attend to.
   *
   * @param tokens [records, n, c]
   * @param mask null: all of them
   */
  record Inputs(Tensor tokens, @Nullable Mask mask) {}

  /** Rows of the vocabulary for the 259 of a text: bytes, pad, mask, end. */
  static int[] rowsOfText() {
    int[] rows = new int[ModalitySpec.Text.ROWS];
    Arrays.setAll(rows, b -> b + PerceiverIoEncoder.FIRST_BYTE);
    rows[ModalitySpec.Text.PAD] = PAD;
    rows[ModalitySpec.Text.MASK] = MASK;
    rows[rows.length - 1] = END;
    return rows;
  }

  /** Of records, one text or picture each. */
  Inputs of(Scope tape, List<Masked> records, SortedMap<String, ModalitySpec> specs) {
    for (Masked masked : records) {
      boolean[] visible = masked.visible();
      int tokens = masked.tokens().tokens();
      if (visible != null && visible.length != tokens) {
        throw Invalid.argument(
            "visible of " + masked.tokens().modality(),
            visible.length + " flags",
            tokens + " tokens");
      }
    }
    return config.readsText() ? texts(tape, records, specs) : pictures(tape, records, specs);
  }

  private static ModalitySpec spec(SortedMap<String, ModalitySpec> specs, Masked masked) {
    return Objects.requireNonNull(specs.get(masked.tokens().modality()));
  }

  /** The shorter ones filled up with [PAD], which may not be attended to. */
  private Inputs texts(Scope tape, List<Masked> records, SortedMap<String, ModalitySpec> specs) {
    List<int[]> texts = records.stream().map(r -> ids(r, spec(specs, r))).toList();
    int most = texts.stream().mapToInt(t -> t.length).max().orElse(0);
    int[] ids = new int[texts.size() * most];
    Arrays.fill(ids, PAD);
    boolean[] allowed = new boolean[ids.length];
    for (int k = 0; k < texts.size(); k++) {
      int n = texts.get(k).length;
      System.arraycopy(texts.get(k), 0, ids, k * most, n);
      Arrays.fill(allowed, k * most, k * most + n, true);
    }
    boolean whole = texts.stream().allMatch(t -> t.length == most);
    Mask mask = whole ? null : new Mask(allowed, texts.size(), 1, most);
    return new Inputs(inputs.ids(tape, ids, texts.size()), mask);
  }

  private static int[] ids(Masked masked, ModalitySpec spec) {
    int[] ids = PerceiverIoEncoder.ids(masked.tokens(), spec);
    boolean[] visible = masked.visible();
    for (int t = 0; visible != null && t < visible.length; t++) {
      ids[t + 1] = visible[t] ? ids[t + 1] : MASK;
    }
    return ids;
  }

  private Inputs pictures(Scope tape, List<Masked> records, SortedMap<String, ModalitySpec> specs) {
    ModalitySpec.Pixels pixels = Objects.requireNonNull(config.pixels());
    int side = pixels.size();
    int n = side * side;
    float[] values = new float[records.size() * n * pixels.channels()];
    boolean[] allowed = new boolean[records.size() * n];
    boolean whole = true;
    for (int k = 0; k < records.size(); k++) {
      Masked masked = records.get(k);
      float[] own =
          PerceiverIoEncoder.values(pixels, Rows.of(masked.tokens(), spec(specs, masked)));
      System.arraycopy(own, 0, values, k * own.length, own.length);
      boolean[] visible = masked.visible();
      for (int t = 0; t < n; t++) {
        allowed[k * n + t] = visible == null || visible[t];
      }
      if (nothing(visible)) { // as a record without a picture
        Arrays.fill(values, k * own.length, (k + 1) * own.length, 0);
        Arrays.fill(allowed, k * n, (k + 1) * n, true);
      }
      for (int t = 0; t < n; t++) {
        whole &= allowed[k * n + t];
      }
    }
    Tensor tokens = pixels(tape, values, records.size(), side);
    return new Inputs(tokens, whole ? null : new Mask(allowed, records.size(), 1, n));
  }

  private static boolean nothing(boolean @Nullable [] visible) {
    if (visible != null) {
      for (boolean flag : visible) {
        if (flag) {
          return false;
        }
      }
    }
    return visible != null;
  }

  /** Pixels [records, side, side, 3] beside their places: [records, side * side, c]. */
  private Tensor pixels(Scope tape, float[] values, int records, int side) {
    int n = side * side;
    if (config.task() instanceof FourierImage) {
      List<Integer> resolution = List.of(FourierImage.RESOLUTION, FourierImage.RESOLUTION);
      List<Integer> grid = List.of(side, side);
      float[] places = new FourierFeatures(FourierImage.BANDS, resolution).grid(grid);
      float[] all = new float[records * places.length];
      for (int k = 0; k < records; k++) {
        System.arraycopy(places, 0, all, k * places.length, places.length);
      }
      float[] joined = Channels.join(values, 3, all, places.length / n);
      return tape.upload(new Shape(records, n, joined.length / records / n), joined, 0);
    }
    int width = LearnedImage.CHANNELS;
    Tensor x = tape.upload(new Shape(records, n, 3), values, 0);
    Tensor own = tape.linear(x, Objects.requireNonNull(convolution), Activation.NONE);
    Tensor table = weights.table("input.positions");
    Tensor at = tape.linear(table, Objects.requireNonNull(projection), Activation.NONE);
    Tensor places =
        tape.linear(at, Channels.placing(tape, width, width, 2 * width), Activation.NONE);
    return tape.linearPlus(own, Channels.placing(tape, width, 0, 2 * width), places);
  }
}
