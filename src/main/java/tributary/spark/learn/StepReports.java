package tributary.spark.learn;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.rpc.ThreadSafeRpcEndpoint;
import org.apache.spark.util.RpcUtils;
import org.jspecify.annotations.Nullable;
import scala.PartialFunction;
import scala.reflect.ClassTag;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;
import tributary.base.Reason;

/**
 * The way of steps from task 0 to the driver, and of which attempt begins and what a task of it
 * failed with: an endpoint of Spark's own messages, since accumulators come with heartbeats, every
 * ten seconds, and keep no order.
 */
final class StepReports {
  private StepReports() {}

  private static String name(UUID run) {
    return "tributary-learn-" + run;
  }

  /** What is sent. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Taken(Step[] steps) implements Serializable {}

  /** Tells the driver that a task of an attempt is there; how the ones before failed is past. */
  static void began(UUID run, int attempt) {
    driver(run).askSync(new Failures.Began(attempt), ClassTag.apply(Boolean.class));
  }

  /**
   * Tells the driver, in a task that fails; waits until it has heard, for Spark ends the run soon
   * after. A driver that can't be told does not hide why the task failed. A task that Spark ends
   * has nothing to tell: why it is ended another one knows, or whoever cancelled the job.
   */
  static void failed(UUID run, TaskContext context, int task, Throwable why) {
    if (context.isInterrupted()) {
      return;
    }
    try {
      driver(run)
          .askSync(
              new Failures.Failed(
                  context.stageAttemptNumber(),
                  task,
                  !(why instanceof ExchangeFailed),
                  Reason.of(why)),
              ClassTag.apply(Boolean.class));
    } catch (Exception e) {
      why.addSuppressed(e);
    }
  }

  private static RpcEndpointRef driver(UUID run) {
    SparkEnv env = SparkEnv.get();
    return RpcUtils.makeDriverRef(name(run), env.conf(), env.rpcEnv());
  }

  /** On the driver, for one run. */
  static final class Driver implements ThreadSafeRpcEndpoint, AutoCloseable {
    private final RpcEnv env;
    private final StepWatcher watcher;
    private final RpcEndpointRef self;
    private final Failures failures = new Failures();

    Driver(UUID run, StepWatcher watcher) {
      this.env = SparkEnv.get().rpcEnv();
      this.watcher = watcher;
      this.self = env.setupEndpoint(name(run), this);
    }

    @Override
    public RpcEnv rpcEnv() {
      return env;
    }

    /** Answered, so that the task knows that the last steps have been heard of. */
    @Override
    public PartialFunction<Object, BoxedUnit> receiveAndReply(RpcCallContext call) {
      return new AbstractPartialFunction<>() {
        @Override
        public boolean isDefinedAt(Object message) {
          return message instanceof Taken
              || message instanceof Failures.Began
              || message instanceof Failures.Failed;
        }

        @Override
        public BoxedUnit apply(Object message) {
          try {
            heard(message);
            call.reply(true);
          } catch (RuntimeException e) {
            call.sendFailure(e);
          }
          return BoxedUnit.UNIT;
        }
      };
    }

    private void heard(Object message) {
      if (message instanceof Failures.Began began) {
        failures.began(began);
      } else if (message instanceof Failures.Failed failed) {
        failures.heard(failed);
      } else {
        watcher.saw(List.of(((Taken) message).steps));
      }
    }

    /** Why the last attempt failed, as its tasks told it; null where none did. */
    Failures.@Nullable Failed failed() {
      return failures.last();
    }

    @Override
    public void close() {
      env.stop(self);
    }
  }

  /** In task 0: sends what it took now and then, so that short steps cost nothing. */
  static final class Task {
    private static final long EVERY = TimeUnit.MILLISECONDS.toNanos(500);

    private final RpcEndpointRef driver;
    private final List<Step> kept = new ArrayList<>();
    private long last = System.nanoTime();

    Task(UUID run) {
      driver = StepReports.driver(run);
    }

    void took(Step step) {
      kept.add(step);
      if (System.nanoTime() - last > EVERY) {
        flush();
      }
    }

    /** Sends what is left, and waits until the driver has it. */
    void flush() {
      if (!kept.isEmpty()) {
        driver.askSync(new Taken(kept.toArray(Step[]::new)), ClassTag.apply(Boolean.class));
        kept.clear();
      }
      last = System.nanoTime();
    }
  }
}
