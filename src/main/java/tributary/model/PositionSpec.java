package tributary.model;

import java.util.List;

/**
 * The position codes of one modality: which places have one, and what makes it. A part of the
 * model: weights depend on it.
 *
 * @param form one of {@link Positions#FORMS}
 * @param bands fourier: frequencies per axis; else 0
 * @param grid lengths of the axes along which a place is counted, the last one fastest: one axis,
 *     or the rows and columns of a picture's patches
 * @param morton whether tokens go through the grid in Z-order; else row by row
 * @param channels width of a code
 * @param projected whether a learned linear layer makes the codes: of features always, of a table
 *     where the model has it so
 */
public record PositionSpec(
    String form, int bands, List<Integer> grid, boolean morton, int channels, boolean projected) {
  public PositionSpec {
    grid = List.copyOf(grid);
  }

  public boolean none() {
    return form.equals(Positions.NONE);
  }

  public boolean fourier() {
    return form.equals(Positions.FOURIER);
  }

  /** Number of places that have a code. */
  public int places() {
    return grid.stream().reduce(1, Math::multiplyExact);
  }

  /** Fourier features of a place: of each axis itself, and sines and cosines of its bands. */
  public int features() {
    return grid.size() * (2 * bands + 1);
  }

  /** What of it is a place rather than a way to code it. */
  boolean samePlaces(PositionSpec other) {
    return grid.equals(other.grid) && morton == other.morton && channels == other.channels;
  }

  /** Adds the weights: `position.MODALITY.table` [places, E] or `.projection` to E channels. */
  public void weights(String modality, WeightTable table) {
    String name = "position." + modality;
    if (fourier()) {
      table.linear(name + ".projection", features(), channels);
    } else if (!none()) {
      table.add(name + ".table", places(), channels);
      if (projected) {
        table.add(name + ".projection.weight", channels, channels);
      }
    }
  }

  /** In words: `learned, places [16, 16] in Z-order, 64 channels`. */
  public String text() {
    return form
        + (bands > 0 ? " of " + bands + " bands" : "")
        + ", places "
        + grid
        + (morton ? " in Z-order" : "")
        + ", "
        + channels
        + " channels"
        + (projected && !fourier() ? ", projected" : "");
  }
}
