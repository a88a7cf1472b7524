package tributary.spark.learn;

import java.util.List;

/** A fake replica that meets trouble. */
final class TroubledReplica extends FakeReplica {
  private final Share share;
  private final Trouble trouble;

  private TroubledReplica(Share share, Trouble trouble) {
    this.share = share;
    this.trouble = trouble;
  }

  record Source(Trouble trouble) implements ReplicaSource {
    @Override
    public FakeReplica open(Share share) {
      return new TroubledReplica(share, trouble);
    }
  }

  @Override
  public float[] forward(long step, int shard) {
    if (shard == share.first()) {
      trouble.in(Trouble.Phase.FORWARD, share.task(), step);
    }
    return super.forward(step, shard);
  }

  @Override
  public double[] backward(long step, int shard, List<float[]> met, float[] gradient) {
    double[] losses = super.backward(step, shard, met, gradient);
    if (shard == share.end() - 1) {
      trouble.in(Trouble.Phase.EXCHANGE, share.task(), step);
    }
    return losses;
  }
}
