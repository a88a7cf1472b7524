package tributary.codec;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks after the codec processes of this JVM, in a thread of its own. */
final class Watch {
  private static final System.Logger LOG = System.getLogger("tributary");
  private static final long MILLISECONDS = 200;
  private static final Set<CodecProcess> WATCHED = ConcurrentHashMap.newKeySet();

  private static final ScheduledExecutorService THREAD =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "tributary-codec-watch");
            thread.setDaemon(true);
            return thread;
          });

  static {
    THREAD.scheduleWithFixedDelay(Watch::look, MILLISECONDS, MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  private Watch() {}

  static void over(CodecProcess process) {
    WATCHED.add(process);
  }

  static void leave(CodecProcess process) {
    WATCHED.remove(process);
  }

  private static void look() {
    // What is thrown here would end the watch for good.
    WATCHED.forEach(process -> guarded(process::check));
    guarded(CodecPool::endIdle);
  }

  private static void guarded(Runnable part) {
    try {
      part.run();
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      LOG.log(System.Logger.Level.WARNING, "The watch of the codec processes failed once", e);
    }
  }
}
