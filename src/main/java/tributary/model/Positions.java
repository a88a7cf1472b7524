package tributary.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tributary.config.Fields;
import tributary.config.Problems;
import tributary.model.ModalitySpec.Image;
import tributary.model.ModalitySpec.Pixels;
import tributary.model.ModalitySpec.Video;

/**
 * How a configuration codes the places of tokens (`positions`): by a learned table, by Fourier
 * features (Jaegle et al. 2021, 2022) that a learned linear layer brings to the width of the
 * embedded tokens, or not at all. Where Perceiver IO appends its features to the tokens, here they
 * are added, so that models with and without them have one shape.
 *
 * @param form one of {@link #FORMS}
 * @param bands fourier: most frequencies per axis, an axis of n elements has at most n / 2; else 0
 */
public record Positions(String form, int bands) {
  /** A table with a row for each place (the default). */
  public static final String LEARNED = "learned";

  /** Features of the place, projected. */
  public static final String FOURIER = "fourier";

  /** No codes: tokens of a group are a set. */
  public static final String NONE = "none";

  /** All of them. */
  public static final List<String> FORMS = List.of(LEARNED, FOURIER, NONE);

  /** Bands where the axes are long enough. */
  private static final int BANDS = 32;

  private static final String KEY = "positions";
  private static final String BANDS_KEY = "position_bands";

  /**
   * Reads `positions` and `position_bands`.
   *
   * @param axis what the longest axis is called in messages
   * @param longest its elements
   */
  public static Positions read(Fields f, String axis, int longest) {
    String form = f.oneOf(KEY, FORMS, LEARNED);
    int most = Math.max(1, longest / 2);
    int bands = f.whole(BANDS_KEY, 1, Math.min(BANDS, most));
    if (!form.equals(FOURIER)) {
      if (f.has(BANDS_KEY)) {
        f.invalid(BANDS_KEY, bands, "no such key with positions " + form + ", only with fourier");
      }
      return new Positions(form, 0);
    }
    if (bands > most) {
      f.invalid(BANDS_KEY, bands, "at most half of " + axis + " " + longest + ": " + most);
    }
    return new Positions(form, bands);
  }

  /** The default is not written: hashes of models from before there were others stay. */
  public void write(ObjectNode to) {
    if (form.equals(LEARNED)) {
      return;
    }
    to.put(KEY, form);
    if (form.equals(FOURIER)) {
      to.put(BANDS_KEY, bands);
    }
  }

  /**
   * The codes of a modality that has one for each offset within a group, whatever its length. Two
   * axes where every group is a rectangle of a picture's patches: whole rows in raster order; in
   * Morton order a square of 2^k x 2^k that tiles the canvas, or that the canvas tiles. Three, time
   * first, where a group is whole layers of a video's patches in raster order. Else one.
   */
  public PositionSpec ofGroup(ModalitySpec spec, int groupSize, int channels) {
    int side = side(spec);
    int root = (int) Math.sqrt(groupSize);
    boolean square = root * root == groupSize && Integer.bitCount(root) == 1;
    List<Integer> grid = List.of(groupSize);
    if (morton(spec)) {
      boolean tiled = side % root == 0 || root % side == 0 && fits(spec, root, side);
      if (square && root > 1 && tiled) {
        grid = List.of(root, root);
      }
    } else if (side > 1 && groupSize % side == 0) {
      grid = rows(spec, groupSize / side, side);
    }
    return of(spec, grid, channels, false);
  }

  /**
   * The codes of a modality that has one for each of its tokens. Two axes where these are the
   * patches or pixels of one picture, three where they are a video's in raster order, else one.
   *
   * @param projectsTable whether a learned table passes through a learned linear layer
   */
  public PositionSpec ofWhole(ModalitySpec spec, int length, int channels, boolean projectsTable) {
    int side = side(spec);
    boolean picture = side > 1 && (long) side * side == length;
    boolean film = spec instanceof Video && side > 1 && !morton(spec) && length % side == 0;
    List<Integer> grid = List.of(length);
    if (picture || film) {
      grid = rows(spec, length / side, side);
    }
    return of(spec, grid, channels, projectsTable);
  }

  /** Rows of a picture; those of a video that are whole layers of it have an axis of time. */
  private static List<Integer> rows(ModalitySpec spec, int rows, int side) {
    boolean layers = spec instanceof Video && rows > side && rows % side == 0;
    return layers ? List.of(rows / side, side, side) : List.of(rows, side);
  }

  /** A square that is larger than a picture holds it once; of a video it would hold more. */
  private static boolean fits(ModalitySpec spec, int root, int side) {
    return !(spec instanceof Video) || root == side;
  }

  private PositionSpec of(
      ModalitySpec spec, List<Integer> grid, int channels, boolean projectsTable) {
    int longest = grid.stream().mapToInt(Integer::intValue).max().orElse(1);
    return new PositionSpec(
        form,
        Math.min(bands, Math.max(1, longest / 2)),
        grid,
        grid.size() > 1 && morton(spec),
        channels,
        form.equals(FOURIER) || form.equals(LEARNED) && projectsTable);
  }

  /** Patches or pixels along a side of a modality's pictures; 0 where it has none. */
  private static int side(ModalitySpec spec) {
    if (spec instanceof Image i) {
      return (i.canvas() + i.patch() - 1) / i.patch();
    }
    if (spec instanceof Video v) {
      return v.canvas() / v.patch();
    }
    return spec instanceof Pixels p ? p.size() : 0;
  }

  private static boolean morton(ModalitySpec spec) {
    return spec instanceof Image i && i.order() == Image.Order.MORTON
        || spec instanceof Video v && v.order() == Image.Order.MORTON;
  }

  /**
   * The position weights of one model for another: of every modality that both have, by name, as
   * the other one's configuration asks for them. A learned table that its model projects becomes
   * the projected table where the other has no projection.
   *
   * @return to take the places of the other's own; without a modality whose codes the first model
   *     lacks
   * @throws Problems.Refused with both sides for each modality whose codes differ, and where no
   *     modality has any
   */
  public static Map<String, Weight> transfer(Model from, ModelConfig to) {
    Problems problems = new Problems();
    Map<String, Weight> weights = new LinkedHashMap<>();
    for (String modality : to.modalities().keySet()) {
      Optional<PositionSpec> given = from.config().positions(modality);
      Optional<PositionSpec> wanted = to.positions(modality);
      if (given.isEmpty() || wanted.isEmpty()) {
        continue;
      }
      if (given.get().equals(wanted.get())) {
        copy(from, modality, weights);
      } else if (folds(given.get(), wanted.get())) {
        weights.put("position." + modality + ".table", projected(from, modality));
      } else {
        problems.invalid(
            "position." + modality, given.get().text(), "the other model: " + wanted.get().text());
      }
    }
    if (problems.none() && weights.isEmpty()) {
      problems.invalid(
          "positions of the modalities " + from.config().modalities().keySet(),
          "none for another model",
          "position weights of one of its modalities " + to.modalities().keySet());
    }
    problems.refuse();
    return weights;
  }

  private static void copy(Model from, String modality, Map<String, Weight> to) {
    from.weights()
        .forEach(
            (name, weight) -> {
              if (name.startsWith("position." + modality + ".")) {
                to.put(name, weight);
              }
            });
  }

  /** Whether a projected table can be another model's table as it comes out. */
  private static boolean folds(PositionSpec given, PositionSpec wanted) {
    boolean learned = given.form().equals(LEARNED) && wanted.form().equals(LEARNED);
    return learned && given.samePlaces(wanted) && given.projected() && !wanted.projected();
  }

  /** table W^T, in double. */
  private static Weight projected(Model model, String modality) {
    Weight table = model.weight("position." + modality + ".table");
    float[] w = model.weight("position." + modality + ".projection.weight").values();
    int e = (int) table.shape()[1];
    float[] codes = new float[table.values().length];
    for (int i = 0; i < codes.length; i++) {
      double sum = 0;
      for (int k = 0; k < e; k++) {
        sum += (double) table.values()[i / e * e + k] * w[i % e * e + k];
      }
      codes[i] = (float) sum;
    }
    return new Weight(table.shape().clone(), codes);
  }
}
