package tributary.spark.learn;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.spark.BarrierTaskContext;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import tributary.config.Problems.Refused;
import tributary.learn.LearningStopped;
import tributary.learn.Replica;

/**
 * The loop of one task of the barrier stage: from the latest saved step to the last. Made on the
 * driver, sent with each task.
 */
final class LearningTask<R> extends AbstractFunction1<Iterator<R>, Iterator<LearningTask.End>>
    implements Serializable {
  private static final long serialVersionUID = 1;

  private final UUID run;
  private final LearningPlan plan;
  private final ReplicaSource.OfRows<R> source;
  private final StateStore store;

  /**
   * How a task ended.
   *
   * @param from the step that it went on from
   * @param stopped why no attempt could go on; empty where it came to the last step
   */
  record End(long from, String stopped) implements Serializable {}

  LearningTask(UUID run, LearningPlan plan, ReplicaSource.OfRows<R> source, StateStore store) {
    this.run = run;
    this.plan = plan;
    this.source = source;
    this.store = store;
  }

  @Override
  public Iterator<End> apply(Iterator<R> rows) {
    BarrierTaskContext context = BarrierTaskContext.get();
    Share share = new Share(context.partitionId(), plan.tasks(), plan.shards());
    int attempt = context.stageAttemptNumber();
    Room room = Rooms.enter(run, attempt, share.task(), plan.tasks());
    try (Exchange exchange =
        new Exchange(room, share, context::killTaskIfInterrupted, plan.patience())) {
      End end = learn(context, room, exchange, share, rows);
      return CollectionConverters.asScala(List.of(end).iterator());
    } finally {
      Rooms.forget(run, attempt);
    }
  }

  /** What stops for good is a result: Spark would try an exception again. */
  private End learn(
      BarrierTaskContext context, Room room, Exchange exchange, Share share, Iterator<R> rows) {
    long from = 0;
    try {
      StepReports.began(run, context.stageAttemptNumber());
      from = meet(context, room, share);
      learn(exchange, share, rows, from);
      return new End(from, "");
    } catch (LearningStopped | Refused e) {
      String why = String.valueOf(e.getMessage());
      exchange.stop(why);
      return new End(from, why);
    } catch (RuntimeException | Error e) {
      // First: Spark may end a task as soon as another one has failed.
      StepReports.failed(run, context, share.task(), e);
      exchange.abort(e);
      throw e;
    }
  }

  /**
   * Finds the other tasks, through Spark. A port is opened only where they are in several JVMs.
   *
   * @return the step that all go on from: what task 0 saw, since nobody else saves
   */
  private long meet(BarrierTaskContext context, Room room, Share share) {
    long latest = share.task() == 0 ? store.latestStep().orElse(0L) : 0;
    String[] met = context.allGather(room.id() + " " + latest);
    if (Arrays.stream(met).map(m -> m.split(" ", -1)[0]).distinct().count() > 1) {
      String[] addresses = context.allGather(room.listen(WireSettings.here()).text());
      room.connect(Arrays.stream(addresses).map(Address::parse).toList());
    }
    return Long.parseLong(met[0].split(" ", -1)[1]);
  }

  private void learn(Exchange exchange, Share share, Iterator<R> rows, long from) {
    try (Replica replica = source.open(share, CollectionConverters.asJava(rows))) {
      if (from > 0 && from < plan.steps()) {
        store.restore(replica, from);
      }
      Sums.Subtree sums = new Sums.Subtree(replica.parameters());
      StepReports.Task reports = share.task() == 0 ? new StepReports.Task(run) : null;
      try {
        for (long step = from + 1; step <= plan.steps(); step++) {
          long start = System.nanoTime();
          double[] losses = step(step, replica, exchange, share, sums);
          if (reports != null) {
            double seconds = (System.nanoTime() - start) * 1e-9;
            reports.took(new Step(step, losses, replica.gradientNorm(), seconds));
            if (plan.saves(step)) {
              // First: no later attempt takes a saved step again.
              reports.flush();
              store.save(replica, step);
            }
          }
        }
      } finally {
        if (reports != null) {
          reports.flush();
        }
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("Cannot close the replica: " + e.getMessage(), e);
    }
  }

  private double[] step(
      long step, Replica replica, Exchange exchange, Share share, Sums.Subtree sums) {
    exchange.at(step);
    List<float[]> given = new ArrayList<>(share.size());
    for (int shard = share.first(); shard < share.end(); shard++) {
      given.add(replica.forward(step, shard));
    }
    List<float[]> met = exchange.gather(given);
    List<double[]> lost = new ArrayList<>(share.size());
    for (int shard = share.first(); shard < share.end(); shard++) {
      float[] gradient = sums.next();
      lost.add(replica.backward(step, shard, met, gradient));
      sums.add(gradient);
    }
    float[] gradient = sums.total();
    exchange.sum(gradient);
    double[] losses = exchange.sum(Sums.doubles(lost));
    replica.update(step, gradient, losses);
    sums.reset();
    return losses;
  }
}
