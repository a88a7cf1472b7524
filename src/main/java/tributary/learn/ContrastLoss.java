package tributary.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import tributary.base.Invalid;

/**
 * The contrast of two views of a batch's records, whose embeddings come shard by shard.
 *
 * <pre>
 *   a record   view 0: each modality alone, all together     view 1: likewise
 *   its row    [present, unit vector [d]] of each of these 2 (M + 1) places; zeros where absent
 *   terms      all of 0 with all of 1                               1     } fused-contrastive
 *              modality m of 0 with all of 1, m of 1 with all of 0  1/2   } (Dufumier et al. 2025)
 *              m of 0 with m' of 1, m of 1 with m' of 0             1/2     modalities-contrastive
 * </pre>
 *
 * A term compares the records that have both; with fewer than two of them there is nothing to tell
 * apart, and it counts nothing. Immutable, for all threads.
 */
final class ContrastLoss {
  private final Objectives objectives;
  private final List<String> modalities;
  private final Measures measures;
  private final List<Term> terms = new ArrayList<>();

  /** One comparison: place `a` of a record with place `b` of the others. */
  private record Term(int a, int b, double weight, String measure) {}

  ContrastLoss(Objectives objectives, List<String> modalities, Measures measures) {
    this.objectives = objectives;
    this.modalities = List.copyOf(modalities);
    this.measures = measures;
    double fused = objectives.fusedContrastive();
    int all = modalities.size();
    if (fused > 0) {
      String name = Measures.FUSED + "/";
      terms.add(new Term(place(0, all), place(1, all), fused, name + Measures.ALL));
      for (int m = 0; m < all; m++) {
        terms.add(new Term(place(0, m), place(1, all), fused / 2, name + modalities.get(m)));
        terms.add(new Term(place(1, m), place(0, all), fused / 2, name + modalities.get(m)));
      }
    }
    double between = objectives.modalitiesContrastive();
    if (between > 0) {
      for (int m = 0; m < all; m++) {
        for (int k = m + 1; k < all; k++) {
          String pair = Measures.pair(modalities.get(m), modalities.get(k));
          String name = Measures.MODALITIES + "/" + pair;
          terms.add(new Term(place(0, m), place(1, k), between / 2, name));
          terms.add(new Term(place(1, m), place(0, k), between / 2, name));
        }
      }
    }
  }

  /** Places of a record. */
  int places() {
    return 2 * (modalities.size() + 1);
  }

  /**
   * Of a view's modality alone, or of all together.
   *
   * @param modality its number; as many as there are: all together
   */
  int place(int view, int modality) {
    return view * (modalities.size() + 1) + modality;
  }

  /** Floats of a record's row. */
  int rowFloats() {
    return places() * (1 + objectives.contrast().dim());
  }

  /** A batch's losses and their gradient by every record's row. */
  final class Batch {
    private final int[] first; // of each shard, its first record; then their number
    private final Set<Integer> shards; // those that are wanted
    private final boolean[] wanted; // by record
    private final float[] gradient; // [records, rowFloats()]
    private final double[][] losses; // by term and record
    private final boolean[][] counted;

    private Batch(int[] first, Set<Integer> shards) {
      int records = first[first.length - 1];
      this.first = first;
      this.shards = Set.copyOf(shards);
      this.wanted = new boolean[records];
      shards.forEach(s -> Arrays.fill(wanted, first[s], first[s + 1], true));
      this.gradient = new float[records * rowFloats()];
      this.losses = new double[terms.size()][records];
      this.counted = new boolean[terms.size()][records];
    }

    /** Whether a shard's part is here. */
    boolean has(int shard) {
      return shards.contains(shard);
    }

    /**
     * The part of a shard that is here.
     *
     * @param sums to which its losses are added
     * @return the gradient of the batch's loss by the shard's rows, at the places that they have
     */
    float[] of(int shard, double[] sums) {
      if (!has(shard)) {
        throw Invalid.argument("shard", shard, "one of " + shards);
      }
      for (int t = 0; t < terms.size(); t++) {
        for (int r = first[shard]; r < first[shard + 1]; r++) {
          if (counted[t][r]) {
            measures.add(sums, terms.get(t).measure(), losses[t][r]);
          }
        }
      }
      int floats = rowFloats();
      return Arrays.copyOfRange(gradient, first[shard] * floats, first[shard + 1] * floats);
    }
  }

  /**
   * The losses of a batch.
   *
   * @param met rows of each shard's records, one after the other, in order of shards
   * @param wanted shards whose gradients are asked for afterwards
   */
  Batch backward(List<float[]> met, Set<Integer> wanted) {
    int floats = rowFloats();
    int[] first = new int[met.size() + 1];
    List<float[]> shards = new ArrayList<>();
    List<Integer> at = new ArrayList<>();
    for (int s = 0; s < met.size(); s++) {
      first[s + 1] = first[s] + met.get(s).length / floats;
      for (int r = 0; r < met.get(s).length; r += floats) {
        shards.add(met.get(s));
        at.add(r);
      }
    }
    Batch batch = new Batch(first, wanted);
    for (int t = 0; t < terms.size(); t++) {
      add(t, shards, at, batch);
    }
    return batch;
  }

  private void add(int t, List<float[]> rows, List<Integer> at, Batch batch) {
    Term term = terms.get(t);
    int d = objectives.contrast().dim();
    List<Integer> both = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      if (rows.get(r)[at.get(r) + term.a() * (1 + d)] != 0
          && rows.get(r)[at.get(r) + term.b() * (1 + d)] != 0) {
        both.add(r);
      }
    }
    int n = both.size();
    if (n < 2) {
      return;
    }
    float[][] a = new float[n][];
    float[][] b = new float[n][];
    boolean[] wanted = new boolean[n];
    for (int i = 0; i < n; i++) {
      int r = both.get(i);
      a[i] = vector(rows.get(r), at.get(r), term.a(), d);
      b[i] = vector(rows.get(r), at.get(r), term.b(), d);
      wanted[i] = batch.wanted[r];
    }
    float[][] da = new float[n][d];
    float[][] db = new float[n][d];
    double temperature = objectives.contrast().temperature();
    double[] losses = InfoNce.losses(a, b, temperature, wanted, da, db);
    for (int i = 0; i < n; i++) {
      int r = both.get(i);
      batch.losses[t][r] = losses[i];
      batch.counted[t][r] = true;
      int row = r * rowFloats();
      if (wanted[i]) {
        plus(batch.gradient, row + term.a() * (1 + d) + 1, da[i], term.weight());
        plus(batch.gradient, row + term.b() * (1 + d) + 1, db[i], term.weight());
      }
    }
  }

  private static float[] vector(float[] rows, int at, int place, int d) {
    int from = at + place * (1 + d) + 1;
    return Arrays.copyOfRange(rows, from, from + d);
  }

  private static void plus(float[] to, int at, float[] from, double weight) {
    float by = (float) weight;
    for (int c = 0; c < from.length; c++) {
      to[at + c] += by * from[c];
    }
  }
}
