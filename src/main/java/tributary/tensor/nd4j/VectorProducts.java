package tributary.tensor.nd4j;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of arrays in vectors: a tile of the result stays in registers while the terms go by.
 * Each element is one chain of fused multiply-adds in the order of its terms, so its bits don't
 * depend on the tile that it falls into.
 */
final class VectorProducts {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = FLOATS.length();

  /** Whether there are registers for tiles of 16 sums: 32 of them, where vectors have 512 bits. */
  private static final boolean MANY = LANES >= 16;

  private VectorProducts() {}

  /** As {@link RowKernels#multiply}. */
  static void multiply(int m, int n, int k, Strided a, Strided b, Strided c, boolean add) {
    float[] av = a.values();
    float[] bv = b.values();
    float[] cv = c.values();
    int ao = a.at();
    int ai = a.rowStep();
    int ap = a.columnStep();
    int bo = b.at();
    int bs = b.rowStep();
    int co = c.at();
    int cs = c.rowStep();
    int j = 0;
    if (MANY) {
      for (; j + 4 * LANES <= n; j += 4 * LANES) {
        int i = 0;
        for (; i + 4 <= m; i += 4) {
          tile4x4(k, av, ao + i * ai, ai, ap, bv, bo + j, bs, cv, co + i * cs + j, cs, add);
        }
        for (; i < m; i++) {
          tile1x4(k, av, ao + i * ai, ap, bv, bo + j, bs, cv, co + i * cs + j, add);
        }
      }
    }
    for (; j + 2 * LANES <= n; j += 2 * LANES) {
      int i = 0;
      if (MANY) {
        for (; i + 8 <= m; i += 8) {
          tile8x2(k, av, ao + i * ai, ai, ap, bv, bo + j, bs, cv, co + i * cs + j, cs, add);
        }
      }
      for (; i + 4 <= m; i += 4) {
        tile4x2(k, av, ao + i * ai, ai, ap, bv, bo + j, bs, cv, co + i * cs + j, cs, add);
      }
      for (; i < m; i++) {
        tile1x2(k, av, ao + i * ai, ap, bv, bo + j, bs, cv, co + i * cs + j, add);
      }
    }
    for (; j < n; j += LANES) {
      int i = 0;
      for (; i + 8 <= m; i += 8) {
        tile8x1(k, av, ao + i * ai, ai, ap, bv, bo + j, bs, cv, co + i * cs + j, cs, add);
      }
      for (; i < m; i++) {
        tile1x1(k, av, ao + i * ai, ap, bv, bo + j, bs, cv, co + i * cs + j, add);
      }
    }
  }

  private static void put(FloatVector sums, float[] c, int at, boolean add) {
    (add ? FloatVector.fromArray(FLOATS, c, at).add(sums) : sums).intoArray(c, at);
  }

  private static void tile4x4(
      int k,
      float[] a,
      int ao,
      int ai,
      int ap,
      float[] b,
      int bo,
      int bs,
      float[] c,
      int co,
      int cs,
      boolean add) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c02 = FloatVector.zero(FLOATS);
    FloatVector c03 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    FloatVector c12 = FloatVector.zero(FLOATS);
    FloatVector c13 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c21 = FloatVector.zero(FLOATS);
    FloatVector c22 = FloatVector.zero(FLOATS);
    FloatVector c23 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c31 = FloatVector.zero(FLOATS);
    FloatVector c32 = FloatVector.zero(FLOATS);
    FloatVector c33 = FloatVector.zero(FLOATS);
    int at = ao;
    int row = bo;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector b2 = FloatVector.fromArray(FLOATS, b, row + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(FLOATS, b, row + 3 * LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(FLOATS, a[at + ai]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(FLOATS, a[at + 2 * ai]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(FLOATS, a[at + 3 * ai]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
      at += ap;
      row += bs;
    }
    put(c00, c, co, add);
    put(c01, c, co + LANES, add);
    put(c02, c, co + 2 * LANES, add);
    put(c03, c, co + 3 * LANES, add);
    put(c10, c, co + cs, add);
    put(c11, c, co + cs + LANES, add);
    put(c12, c, co + cs + 2 * LANES, add);
    put(c13, c, co + cs + 3 * LANES, add);
    put(c20, c, co + 2 * cs, add);
    put(c21, c, co + 2 * cs + LANES, add);
    put(c22, c, co + 2 * cs + 2 * LANES, add);
    put(c23, c, co + 2 * cs + 3 * LANES, add);
    put(c30, c, co + 3 * cs, add);
    put(c31, c, co + 3 * cs + LANES, add);
    put(c32, c, co + 3 * cs + 2 * LANES, add);
    put(c33, c, co + 3 * cs + 3 * LANES, add);
  }

  private static void tile8x2(
      int k,
      float[] a,
      int ao,
      int ai,
      int ap,
      float[] b,
      int bo,
      int bs,
      float[] c,
      int co,
      int cs,
      boolean add) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c21 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c31 = FloatVector.zero(FLOATS);
    FloatVector c40 = FloatVector.zero(FLOATS);
    FloatVector c41 = FloatVector.zero(FLOATS);
    FloatVector c50 = FloatVector.zero(FLOATS);
    FloatVector c51 = FloatVector.zero(FLOATS);
    FloatVector c60 = FloatVector.zero(FLOATS);
    FloatVector c61 = FloatVector.zero(FLOATS);
    FloatVector c70 = FloatVector.zero(FLOATS);
    FloatVector c71 = FloatVector.zero(FLOATS);
    int at = ao;
    int row = bo;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(FLOATS, a[at + ai]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(FLOATS, a[at + 2 * ai]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(FLOATS, a[at + 3 * ai]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(FLOATS, a[at + 4 * ai]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(FLOATS, a[at + 5 * ai]);
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      x = FloatVector.broadcast(FLOATS, a[at + 6 * ai]);
      c60 = x.fma(b0, c60);
      c61 = x.fma(b1, c61);
      x = FloatVector.broadcast(FLOATS, a[at + 7 * ai]);
      c70 = x.fma(b0, c70);
      c71 = x.fma(b1, c71);
      at += ap;
      row += bs;
    }
    put(c00, c, co, add);
    put(c01, c, co + LANES, add);
    put(c10, c, co + cs, add);
    put(c11, c, co + cs + LANES, add);
    put(c20, c, co + 2 * cs, add);
    put(c21, c, co + 2 * cs + LANES, add);
    put(c30, c, co + 3 * cs, add);
    put(c31, c, co + 3 * cs + LANES, add);
    put(c40, c, co + 4 * cs, add);
    put(c41, c, co + 4 * cs + LANES, add);
    put(c50, c, co + 5 * cs, add);
    put(c51, c, co + 5 * cs + LANES, add);
    put(c60, c, co + 6 * cs, add);
    put(c61, c, co + 6 * cs + LANES, add);
    put(c70, c, co + 7 * cs, add);
    put(c71, c, co + 7 * cs + LANES, add);
  }

  private static void tile4x2(
      int k,
      float[] a,
      int ao,
      int ai,
      int ap,
      float[] b,
      int bo,
      int bs,
      float[] c,
      int co,
      int cs,
      boolean add) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c11 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c21 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c31 = FloatVector.zero(FLOATS);
    int at = ao;
    int row = bo;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(FLOATS, a[at + ai]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(FLOATS, a[at + 2 * ai]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(FLOATS, a[at + 3 * ai]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      at += ap;
      row += bs;
    }
    put(c00, c, co, add);
    put(c01, c, co + LANES, add);
    put(c10, c, co + cs, add);
    put(c11, c, co + cs + LANES, add);
    put(c20, c, co + 2 * cs, add);
    put(c21, c, co + 2 * cs + LANES, add);
    put(c30, c, co + 3 * cs, add);
    put(c31, c, co + 3 * cs + LANES, add);
  }

  private static void tile8x1(
      int k,
      float[] a,
      int ao,
      int ai,
      int ap,
      float[] b,
      int bo,
      int bs,
      float[] c,
      int co,
      int cs,
      boolean add) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c10 = FloatVector.zero(FLOATS);
    FloatVector c20 = FloatVector.zero(FLOATS);
    FloatVector c30 = FloatVector.zero(FLOATS);
    FloatVector c40 = FloatVector.zero(FLOATS);
    FloatVector c50 = FloatVector.zero(FLOATS);
    FloatVector c60 = FloatVector.zero(FLOATS);
    FloatVector c70 = FloatVector.zero(FLOATS);
    int at = ao;
    int row = bo;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at]);
      c00 = x.fma(b0, c00);
      x = FloatVector.broadcast(FLOATS, a[at + ai]);
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(FLOATS, a[at + 2 * ai]);
      c20 = x.fma(b0, c20);
      x = FloatVector.broadcast(FLOATS, a[at + 3 * ai]);
      c30 = x.fma(b0, c30);
      x = FloatVector.broadcast(FLOATS, a[at + 4 * ai]);
      c40 = x.fma(b0, c40);
      x = FloatVector.broadcast(FLOATS, a[at + 5 * ai]);
      c50 = x.fma(b0, c50);
      x = FloatVector.broadcast(FLOATS, a[at + 6 * ai]);
      c60 = x.fma(b0, c60);
      x = FloatVector.broadcast(FLOATS, a[at + 7 * ai]);
      c70 = x.fma(b0, c70);
      at += ap;
      row += bs;
    }
    put(c00, c, co, add);
    put(c10, c, co + cs, add);
    put(c20, c, co + 2 * cs, add);
    put(c30, c, co + 3 * cs, add);
    put(c40, c, co + 4 * cs, add);
    put(c50, c, co + 5 * cs, add);
    put(c60, c, co + 6 * cs, add);
    put(c70, c, co + 7 * cs, add);
  }

  private static void tile1x4(
      int k, float[] a, int ao, int ap, float[] b, int bo, int bs, float[] c, int co, boolean add) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    FloatVector c02 = FloatVector.zero(FLOATS);
    FloatVector c03 = FloatVector.zero(FLOATS);
    int at = ao;
    int row = bo;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector b2 = FloatVector.fromArray(FLOATS, b, row + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(FLOATS, b, row + 3 * LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      at += ap;
      row += bs;
    }
    put(c00, c, co, add);
    put(c01, c, co + LANES, add);
    put(c02, c, co + 2 * LANES, add);
    put(c03, c, co + 3 * LANES, add);
  }

  private static void tile1x2(
      int k, float[] a, int ao, int ap, float[] b, int bo, int bs, float[] c, int co, boolean add) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    FloatVector c01 = FloatVector.zero(FLOATS);
    int at = ao;
    int row = bo;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector b1 = FloatVector.fromArray(FLOATS, b, row + LANES);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      at += ap;
      row += bs;
    }
    put(c00, c, co, add);
    put(c01, c, co + LANES, add);
  }

  private static void tile1x1(
      int k, float[] a, int ao, int ap, float[] b, int bo, int bs, float[] c, int co, boolean add) {
    FloatVector c00 = FloatVector.zero(FLOATS);
    int at = ao;
    int row = bo;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, b, row);
      FloatVector x = FloatVector.broadcast(FLOATS, a[at]);
      c00 = x.fma(b0, c00);
      at += ap;
      row += bs;
    }
    put(c00, c, co, add);
  }
}
