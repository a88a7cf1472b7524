package tributary.tensor.nd4j;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of arrays in vectors: a tile of the result stays in registers while the terms go by.
 * Each element is one chain of fused multiply-adds in the order of its terms, so its bits don't
 * depend on the tile that it falls into. The tiles are written out, and write their own sums: what
 * they share as a method, C2 leaves a call that takes vectors as objects on the heap.
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
    if (add) {
      c00 = c00.add(FloatVector.fromArray(FLOATS, c, co));
      c01 = c01.add(FloatVector.fromArray(FLOATS, c, co + LANES));
      c02 = c02.add(FloatVector.fromArray(FLOATS, c, co + 2 * LANES));
      c03 = c03.add(FloatVector.fromArray(FLOATS, c, co + 3 * LANES));
      c10 = c10.add(FloatVector.fromArray(FLOATS, c, co + cs));
      c11 = c11.add(FloatVector.fromArray(FLOATS, c, co + cs + LANES));
      c12 = c12.add(FloatVector.fromArray(FLOATS, c, co + cs + 2 * LANES));
      c13 = c13.add(FloatVector.fromArray(FLOATS, c, co + cs + 3 * LANES));
      c20 = c20.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs));
      c21 = c21.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs + LANES));
      c22 = c22.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs + 2 * LANES));
      c23 = c23.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs + 3 * LANES));
      c30 = c30.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs));
      c31 = c31.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs + LANES));
      c32 = c32.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs + 2 * LANES));
      c33 = c33.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs + 3 * LANES));
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c02.intoArray(c, co + 2 * LANES);
    c03.intoArray(c, co + 3 * LANES);
    c10.intoArray(c, co + cs);
    c11.intoArray(c, co + cs + LANES);
    c12.intoArray(c, co + cs + 2 * LANES);
    c13.intoArray(c, co + cs + 3 * LANES);
    c20.intoArray(c, co + 2 * cs);
    c21.intoArray(c, co + 2 * cs + LANES);
    c22.intoArray(c, co + 2 * cs + 2 * LANES);
    c23.intoArray(c, co + 2 * cs + 3 * LANES);
    c30.intoArray(c, co + 3 * cs);
    c31.intoArray(c, co + 3 * cs + LANES);
    c32.intoArray(c, co + 3 * cs + 2 * LANES);
    c33.intoArray(c, co + 3 * cs + 3 * LANES);
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
    if (add) {
      c00 = c00.add(FloatVector.fromArray(FLOATS, c, co));
      c01 = c01.add(FloatVector.fromArray(FLOATS, c, co + LANES));
      c10 = c10.add(FloatVector.fromArray(FLOATS, c, co + cs));
      c11 = c11.add(FloatVector.fromArray(FLOATS, c, co + cs + LANES));
      c20 = c20.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs));
      c21 = c21.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs + LANES));
      c30 = c30.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs));
      c31 = c31.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs + LANES));
      c40 = c40.add(FloatVector.fromArray(FLOATS, c, co + 4 * cs));
      c41 = c41.add(FloatVector.fromArray(FLOATS, c, co + 4 * cs + LANES));
      c50 = c50.add(FloatVector.fromArray(FLOATS, c, co + 5 * cs));
      c51 = c51.add(FloatVector.fromArray(FLOATS, c, co + 5 * cs + LANES));
      c60 = c60.add(FloatVector.fromArray(FLOATS, c, co + 6 * cs));
      c61 = c61.add(FloatVector.fromArray(FLOATS, c, co + 6 * cs + LANES));
      c70 = c70.add(FloatVector.fromArray(FLOATS, c, co + 7 * cs));
      c71 = c71.add(FloatVector.fromArray(FLOATS, c, co + 7 * cs + LANES));
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c10.intoArray(c, co + cs);
    c11.intoArray(c, co + cs + LANES);
    c20.intoArray(c, co + 2 * cs);
    c21.intoArray(c, co + 2 * cs + LANES);
    c30.intoArray(c, co + 3 * cs);
    c31.intoArray(c, co + 3 * cs + LANES);
    c40.intoArray(c, co + 4 * cs);
    c41.intoArray(c, co + 4 * cs + LANES);
    c50.intoArray(c, co + 5 * cs);
    c51.intoArray(c, co + 5 * cs + LANES);
    c60.intoArray(c, co + 6 * cs);
    c61.intoArray(c, co + 6 * cs + LANES);
    c70.intoArray(c, co + 7 * cs);
    c71.intoArray(c, co + 7 * cs + LANES);
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
    if (add) {
      c00 = c00.add(FloatVector.fromArray(FLOATS, c, co));
      c01 = c01.add(FloatVector.fromArray(FLOATS, c, co + LANES));
      c10 = c10.add(FloatVector.fromArray(FLOATS, c, co + cs));
      c11 = c11.add(FloatVector.fromArray(FLOATS, c, co + cs + LANES));
      c20 = c20.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs));
      c21 = c21.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs + LANES));
      c30 = c30.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs));
      c31 = c31.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs + LANES));
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c10.intoArray(c, co + cs);
    c11.intoArray(c, co + cs + LANES);
    c20.intoArray(c, co + 2 * cs);
    c21.intoArray(c, co + 2 * cs + LANES);
    c30.intoArray(c, co + 3 * cs);
    c31.intoArray(c, co + 3 * cs + LANES);
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
    if (add) {
      c00 = c00.add(FloatVector.fromArray(FLOATS, c, co));
      c10 = c10.add(FloatVector.fromArray(FLOATS, c, co + cs));
      c20 = c20.add(FloatVector.fromArray(FLOATS, c, co + 2 * cs));
      c30 = c30.add(FloatVector.fromArray(FLOATS, c, co + 3 * cs));
      c40 = c40.add(FloatVector.fromArray(FLOATS, c, co + 4 * cs));
      c50 = c50.add(FloatVector.fromArray(FLOATS, c, co + 5 * cs));
      c60 = c60.add(FloatVector.fromArray(FLOATS, c, co + 6 * cs));
      c70 = c70.add(FloatVector.fromArray(FLOATS, c, co + 7 * cs));
    }
    c00.intoArray(c, co);
    c10.intoArray(c, co + cs);
    c20.intoArray(c, co + 2 * cs);
    c30.intoArray(c, co + 3 * cs);
    c40.intoArray(c, co + 4 * cs);
    c50.intoArray(c, co + 5 * cs);
    c60.intoArray(c, co + 6 * cs);
    c70.intoArray(c, co + 7 * cs);
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
    if (add) {
      c00 = c00.add(FloatVector.fromArray(FLOATS, c, co));
      c01 = c01.add(FloatVector.fromArray(FLOATS, c, co + LANES));
      c02 = c02.add(FloatVector.fromArray(FLOATS, c, co + 2 * LANES));
      c03 = c03.add(FloatVector.fromArray(FLOATS, c, co + 3 * LANES));
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
    c02.intoArray(c, co + 2 * LANES);
    c03.intoArray(c, co + 3 * LANES);
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
    if (add) {
      c00 = c00.add(FloatVector.fromArray(FLOATS, c, co));
      c01 = c01.add(FloatVector.fromArray(FLOATS, c, co + LANES));
    }
    c00.intoArray(c, co);
    c01.intoArray(c, co + LANES);
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
    if (add) {
      c00 = c00.add(FloatVector.fromArray(FLOATS, c, co));
    }
    c00.intoArray(c, co);
  }
}
