package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Gradients;
import tributary.tensor.KeyWeights;
import tributary.tensor.LayerNorm;
import tributary.tensor.Lengths;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Shape;
import tributary.tensor.Shapes;
import tributary.tensor.Tensor;

/**
 * {@link Gradients} of a {@link NativeScope}: products by {@link GradientProducts}, attention by
 * {@link AttentionBackward}, rows by {@link RowGradients}. Used by the scope's thread.
 */
final class NativeGradients implements Gradients {
  private final NativeScope scope;
  private final Workspace workspace;
  private final RowKernels rows;
  private final RowGradients byRow;

  NativeGradients(NativeScope scope, RowKernels rows) {
    this.scope = scope;
    this.workspace = scope.workspace();
    this.rows = rows;
    this.byRow = new RowGradients(scope, rows);
  }

  @Override
  public Tensor zeros(Shape shape) {
    return scope.zeros(shape);
  }

  @Override
  public void accumulate(Tensor sum, Tensor dy) {
    Shapes.accumulate(sum.shape(), dy.shape());
    byRow.accumulate(NativeTensor.of(sum), NativeTensor.of(dy));
  }

  @Override
  public Tensor linearInput(Tensor dy, Linear layer) {
    NativeTensor dx = scope.allocate(Shapes.linearInput(dy.shape(), layer));
    input(dx, dy, layer, false);
    return dx;
  }

  @Override
  public void linearInput(Tensor sum, Tensor dy, Linear layer) {
    Shapes.alike("sum", sum.shape(), Shapes.linearInput(dy.shape(), layer));
    input(NativeTensor.of(sum), dy, layer, true);
  }

  private void input(NativeTensor dx, Tensor dy, Linear layer, boolean add) {
    run(false, dy, NativeTensor.of(layer.weight()), dx, add);
  }

  private void run(boolean weight, Tensor dy, NativeTensor right, NativeTensor to, boolean add) {
    NativeTensor from = NativeTensor.of(dy);
    int rows = dy.shape().groups() * dy.shape().rows();
    int in = right.shape().channels();
    int out = dy.shape().channels();
    if (rows > 0) {
      GradientProducts.Key key =
          new GradientProducts.Key(weight, rows, in, out, add, workspace.threads());
      workspace.products.back.run(
          key, from.address(0), right.address(0), to.address(0), workspace);
    }
  }

  @Override
  public void linearWeight(Tensor sum, Tensor dy, Tensor x) {
    Shapes.linearWeight(sum.shape(), dy.shape(), x.shape());
    run(true, dy, NativeTensor.of(x), NativeTensor.of(sum), true);
  }

  @Override
  public Tensor activation(Tensor dy, Tensor at, Activation activation) {
    Shapes.alike("gradient", dy.shape(), at.shape());
    return byRow.activation(NativeTensor.of(dy), NativeTensor.of(at), activation);
  }

  @Override
  public Tensor normalize(
      Tensor dy, Tensor x, LayerNorm norm, @Nullable Tensor weight, @Nullable Tensor bias) {
    Shapes.normalize(x.shape(), norm);
    Shapes.alike("gradient", dy.shape(), x.shape());
    return byRow.normalize(NativeTensor.of(dy), NativeTensor.of(x), norm, weight, bias);
  }

  @Override
  public Attended attend(
      Tensor dy,
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    Shape shape =
        Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, mask, weights);
    Shapes.alike("gradient", dy.shape(), shape);
    return attended(dy, queries, keys, values, attention, mask, weights, null);
  }

  @Override
  public Attended attend(
      Tensor dy,
      Tensor queries,
      Tensor keys,
      Tensor values,
      Lengths lengths,
      Attention attention,
      @Nullable KeyWeights weights) {
    Shapes.lengths(queries.shape(), keys.shape(), lengths);
    Shape one =
        Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, null, weights);
    Shapes.alike("gradient", dy.shape(), new Shape(lengths.groups(), one.rows(), one.channels()));
    return attended(dy, queries, keys, values, attention, null, weights, lengths);
  }

  private Attended attended(
      Tensor dy,
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights,
      @Nullable Lengths lengths) {
    if (dy.shape().size() == 0 || keys.shape().size() == 0) {
      return new Attended(
          zeros(queries.shape()), zeros(keys.shape()), zeros(values.shape()));
    }
    AttentionBackward.Operands at =
        new AttentionBackward.Operands(
            NativeTensor.of(queries),
            NativeTensor.of(keys),
            NativeTensor.of(values),
            NativeTensor.of(dy),
            scope.allocate(queries.shape()),
            scope.allocate(keys.shape()),
            scope.allocate(values.shape()));
    new AttentionBackward(workspace, rows, at, attention, mask, weights, lengths).run();
    return new Attended(at.dq(), at.dk(), at.dv());
  }

  @Override
  public void lookup(Tensor sum, int[] indices, Tensor dy) {
    Shapes.alike("gradient", dy.shape(), Shapes.lookup(sum.shape(), indices));
    byRow.lookup(NativeTensor.of(sum), indices, NativeTensor.of(dy));
  }

  @Override
  public void rows(Tensor sum, int from, Tensor dy) {
    int to = from + dy.shape().rows();
    Shapes.alike("gradient", dy.shape(), Shapes.rows(sum.shape(), from, to));
    byRow.rows(NativeTensor.of(sum), from, NativeTensor.of(dy));
  }

  @Override
  public Tensor meanRows(Tensor dy, int n) {
    return byRow.meanRows(NativeTensor.of(dy), n);
  }

  @Override
  public Tensor modulate(Tensor dy, Tensor x, Tensor modulation, @Nullable Tensor sum) {
    Shape shape = Shapes.modulate(x.shape(), modulation.shape());
    Shapes.alike("gradient", dy.shape(), shape);
    return byRow.modulate(
        NativeTensor.of(dy),
        NativeTensor.of(x),
        NativeTensor.of(modulation),
        sum == null ? null : NativeTensor.of(sum));
  }
}
