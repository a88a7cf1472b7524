package tributary.learn;

import java.util.ArrayList;
import java.util.List;

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

  /**
   * The loss by the records of one shard.
   *
   * @param met rows of each shard's records, one after the other, in order of shards
   * @param shard whose gradient is wanted
   * @param sums to which the shard's losses are added
   * @return the gradient of the batch's loss by the shard's rows, at the same places
   */
  float[] backward(List<float[]> met, int shard, double[] sums) {
    int floats = rowFloats();
    int first = 0;
    for (int s = 0; s < shard; s++) {
      first += met.get(s).length / floats;
    }
    int own = met.get(shard).length / floats;
    List<float[]> shards = new ArrayList<>();
    List<Integer> at = new ArrayList<>();
    for (float[] rows : met) {
      for (int r = 0; r < rows.length; r += floats) {
        shards.add(rows);
        at.add(r);
      }
    }
    float[] gradient = new float[own * floats];
    for (Term term : terms) {
      add(term, shards, at, first, own, gradient, sums);
    }
    return gradient;
  }

  private void add(
      Term term,
      List<float[]> rows,
      List<Integer> at,
      int first,
      int own,
      float[] gradient,
      double[] sums) {
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
    float[] a = new float[n * d];
    float[] b = new float[n * d];
    for (int i = 0; i < n; i++) {
      int r = both.get(i);
      System.arraycopy(rows.get(r), at.get(r) + term.a() * (1 + d) + 1, a, i * d, d);
      System.arraycopy(rows.get(r), at.get(r) + term.b() * (1 + d) + 1, b, i * d, d);
    }
    float[] da = new float[n * d];
    float[] db = new float[n * d];
    double temperature = objectives.contrast().temperature();
    double[] losses = InfoNce.losses(a, b, n, d, temperature, da, db);
    for (int i = 0; i < n; i++) {
      int r = both.get(i) - first;
      if (r >= 0 && r < own) {
        measures.add(sums, term.measure(), losses[i]);
        int row = r * rowFloats();
        plus(gradient, row + term.a() * (1 + d) + 1, da, i * d, d, term.weight());
        plus(gradient, row + term.b() * (1 + d) + 1, db, i * d, d, term.weight());
      }
    }
  }

  private static void plus(float[] to, int at, float[] from, int place, int n, double weight) {
    for (int c = 0; c < n; c++) {
      to[at + c] += (float) (weight * from[place + c]);
    }
  }
}
