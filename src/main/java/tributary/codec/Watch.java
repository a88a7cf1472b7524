package tributary.codec;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks after the codec processes of this JVM, in a thread of its own. */
final class Watch {
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
    WATCHED.forEach(CodecProcess::check);
    CodecPool.endIdle();
  }
}
