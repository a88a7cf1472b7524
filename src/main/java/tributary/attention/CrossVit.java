package tributary.attention;

import java.util.List;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * CrossViT's fusion of two branches (Chen et al. 2021, IBM/CrossViT with fusion depth 0): each
 * branch's class token, projected to the other branch's width, attends to itself and the other's
 * patches, and is projected back; the patches stay (reference: crossvit_fusion). Class token is row
 * 0.
 *
 * @param small what the small branch's class token goes through
 * @param large the same of the large branch
 */
public record CrossVit(Branch small, Branch large) {
  private static final float EPSILON = 1e-6f;

  /**
   * One class token's way: w channels of its own, v of the other branch.
   *
   * @param projectNorm before project, over w
   * @param project [v, w]
   * @param norm over v, of the projected class token and the other's patches
   * @param attention v channels in and out
   * @param backNorm before back, over v
   * @param back [w, v]
   */
  public record Branch(
      LayerNorm projectNorm,
      Linear project,
      LayerNorm norm,
      CrossAttention attention,
      LayerNorm backNorm,
      Linear back) {
    /** own [g, 1 + n, w] and other [g, 1 + m, v] give own with another class token. */
    Tensor apply(Scope scope, Tensor own, Tensor other) {
      Tensor patches = scope.rows(other, 1, other.shape().rows()); // [g, m, v]
      Tensor projected = project(scope, own); // [g, 1, v]
      Tensor z = scope.normalize(scope.concatRows(List.of(projected, patches)), norm);
      Tensor query = scope.normalize(projected, norm);
      return withToken(scope, own, attention.applyPlus(scope, query, z, z, null, projected));
    }

    /** The class token of own [g, 1 + n, w] in the other's width: [g, 1, v]. */
    private Tensor project(Scope scope, Tensor own) {
      Tensor token = scope.rows(own, 0, 1); // [g, 1, w]
      return scope.linear(
          gelu(scope, scope.normalize(token, projectNorm)), project, Activation.NONE);
    }

    /** own [g, 1 + n, w] with the class token that attended [g, 1, v] gives. */
    private Tensor withToken(Scope scope, Tensor own, Tensor attended) {
      Tensor back =
          scope.linear(
              gelu(scope, scope.normalize(attended, backNorm)), this.back, Activation.NONE);
      return scope.concatRows(List.of(back, scope.rows(own, 1, own.shape().rows())));
    }

    /**
     * The attention of own's class token (own [1, 1 + n, w]) to the other's patches [v] in parts;
     * the token itself counts once, when it finishes.
     */
    public MergeableAttention inParts(Scope scope, Tensor own) {
      Tensor query = scope.normalize(project(scope, own), norm); // [1, 1, v]
      return MergeableAttention.of(
          scope,
          attention,
          attention.project(scope, query),
          norm,
          scope.linear(query, attention.key(), Activation.NONE),
          scope.linear(query, attention.value(), Activation.NONE));
    }

    /** own [1, 1 + n, w] with the class token that attended [1, 1, v], in parts, gives. */
    public Tensor finish(Scope scope, Tensor own, Tensor attended) {
      return withToken(scope, own, scope.add(attended, project(scope, own)));
    }
  }

  /** The two branches' tokens. */
  public record Pair(Tensor small, Tensor large) {}

  /**
   * The layers prefix.small.project_norm, .project, .norm, .attention, .back_norm, .back and the
   * same below prefix.large; epsilon 1e-6.
   *
   * @param smallHeads heads of the small branch's fusion, in the large branch's width
   * @param largeHeads heads of the large branch's fusion, in the small branch's width
   */
  public static CrossVit of(Weights weights, String prefix, int smallHeads, int largeHeads) {
    return new CrossVit(
        branch(weights, Weights.below(prefix, "small"), smallHeads),
        branch(weights, Weights.below(prefix, "large"), largeHeads));
  }

  static Branch branch(Weights weights, String prefix, int heads) {
    return new Branch(
        weights.norm(prefix + ".project_norm", EPSILON),
        weights.linear(prefix + ".project"),
        weights.norm(prefix + ".norm", EPSILON),
        CrossAttention.of(weights, prefix + ".attention", heads),
        weights.norm(prefix + ".back_norm", EPSILON),
        weights.linear(prefix + ".back"));
  }

  /**
   * Fuses.
   *
   * @param small [g, 1 + n, w]
   * @param large [g, 1 + m, v]
   * @return the same shapes, class tokens replaced
   */
  public Pair apply(Scope scope, Tensor small, Tensor large) {
    Shape a = small.shape();
    Shape b = large.shape();
    if (a.groups() != b.groups() || a.rows() < 1 || b.rows() < 1) {
      throw Invalid.argument(
          "branches",
          "small " + a + ", large " + b,
          "equal groups, and a class token in row 0 of each");
    }
    return new Pair(this.small.apply(scope, small, large), this.large.apply(scope, large, small));
  }

  private static Tensor gelu(Scope scope, Tensor x) {
    return scope.activate(x, Activation.GELU);
  }
}
