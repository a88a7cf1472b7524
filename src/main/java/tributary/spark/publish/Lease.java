package tributary.spark.publish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import tributary.base.Reason;

/**
 * The right to write an output, which one process has at a time. Who wants it writes a file of its
 * own that names it, then looks who else did: of two that do so, the later sees the earlier one, in
 * whatever store shows a file as soon as it is written. Who sees one that has the lease is refused;
 * of several that want it at once, the one whose name is first waits for the others to go. An
 * owner's thread counts up in a second file as long as it lives. Who finds a lease looks whether
 * that number moves, by its own clock: what clocks of two machines say is never compared. The files
 * of an owner that is dead are removed, they and no others, and what it does afterwards fails, for
 * its staging is gone and {@link #requireHeld} tells it so.
 */
public final class Lease implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("tributary");
  private static final Pattern FILE = Pattern.compile("lease-(.+)\\.json");
  private static final Pattern BEAT = Pattern.compile("_beat-([^.]+)");

  /** How long one is waited for that wants it, too, and is to go. */
  private static final Duration WAIT = Duration.ofSeconds(60);

  private static final String HAS = "has ";
  private static final String WANTS = "wants ";

  /** What a later version adds is passed over. */
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /**
   * How often an owner counts, and how long it may stand still before it is taken for dead.
   *
   * @param beat much less than patience
   */
  public record Pace(Duration beat, Duration patience) {
    /** Every 5 s; dead after 60 s. */
    public static final Pace USUAL = new Pace(Duration.ofSeconds(5), Duration.ofSeconds(60));
  }

  /** Somebody else has it, or it can't be had. */
  public static final class Refused extends IOException {
    private Refused(String message) {
      super(message);
    }
  }

  /** Who has a lease. */
  record Owner(String token, String run, String since, Process process) {
    String told() {
      return "run " + run + " of " + process.told() + ", since " + since;
    }
  }

  /** One that wants the lease or has it. */
  private record Other(String token, String text) {
    Optional<Owner> owner() {
      return read(text);
    }

    String told() {
      return owner().map(Owner::told).orElse("somebody (its file can't be read)");
    }
  }

  private final Store store;
  private final Path folder;
  private final Owner owner;
  private final Thread heart;
  private long beats;
  private boolean has;
  private volatile boolean over;
  private volatile @Nullable String lost;

  private Lease(Store store, Path folder, Owner owner, Pace pace) {
    this.store = store;
    this.folder = folder;
    this.owner = owner;
    this.heart = new Thread(() -> live(pace), "tributary-lease");
    heart.setDaemon(true);
  }

  /**
   * Takes the lease of an output.
   *
   * @param folder where the runs of the output are told of
   * @param run that wants it
   * @throws Refused where another run has it and lives
   * @throws IOException where no lease can be made
   */
  public static Lease take(FileSystem files, Path folder, String run, Pace pace)
      throws IOException {
    Store store = new Store(files);
    Owner own =
        new Owner(UUID.randomUUID().toString(), run, Instant.now().toString(), Process.current());
    Lease lease = new Lease(store, folder, own, pace);
    try {
      lease.beat();
      store.write(file(folder, own.token), JSON.writeValueAsString(own));
      lease.heart.start();
      Point.WANTED.reached();
      lease.contend(pace);
    } catch (IOException | RuntimeException e) {
      lease.close();
      throw e;
    }
    return lease;
  }

  /** Waits until nobody else is there who has it or comes before. */
  private void contend(Pace pace) throws IOException {
    for (long start = System.nanoTime(); ; pause(pause(pace))) {
      String waitedFor = null;
      for (Other other : others(store, folder)) {
        if (other.token.equals(owner.token)) {
          continue;
        }
        if (isDead(other, pace)) {
          bury(other.token);
        } else if (has(other) || other.token.compareTo(owner.token) < 0) {
          throw held(other.told());
        } else {
          waitedFor = other.told();
        }
      }
      if (waitedFor == null) {
        have();
        return;
      }
      if (System.nanoTime() - start > WAIT.plus(pace.patience).toNanos()) {
        throw held(waitedFor);
      }
    }
  }

  private void have() throws IOException {
    synchronized (this) {
      has = true;
    }
    beat();
    requireHeld();
    sweep();
  }

  /** Removes what owners that were killed while they wrote have left. */
  private void sweep() throws IOException {
    store.sweep(folder, name -> !name.contains(owner.token));
    for (FileStatus status : store.list(folder)) {
      Matcher name = BEAT.matcher(status.getPath().getName());
      if (name.matches() && !store.exists(file(folder, name.group(1)))) {
        store.delete(status.getPath());
      }
    }
  }

  private static List<Other> others(Store store, Path folder) throws IOException {
    List<Other> all = new ArrayList<>();
    for (FileStatus status : store.list(folder)) {
      Matcher name = FILE.matcher(status.getPath().getName());
      if (name.matches()) {
        store.text(status.getPath()).ifPresent(text -> all.add(new Other(name.group(1), text)));
      }
    }
    return all;
  }

  /** Watches one until it has stood still for so long that it is dead, or has gone. */
  private boolean isDead(Other other, Pace pace) throws IOException {
    Optional<Boolean> alive = other.owner().flatMap(o -> o.process.alive());
    if (alive.isPresent()) {
      if (!alive.get()) {
        LOG.log(System.Logger.Level.WARNING, "Taken over from {0}, which has ended", other.told());
      }
      return !alive.get();
    }
    LOG.log(System.Logger.Level.INFO, "Watching whether {0} is alive", other.told());
    Optional<String> last = beats(other.token);
    long start = System.nanoTime();
    while (System.nanoTime() - start < pace.patience.toNanos()) {
      pause(pause(pace));
      if (store.text(file(folder, other.token)).filter(other.text::equals).isEmpty()) {
        return true;
      }
      if (!beats(other.token).equals(last)) {
        return false;
      }
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "Taken over from {0}, which gave no sign of life for {1} s",
        other.told(),
        pace.patience.toSeconds());
    return true;
  }

  private Refused held(String told) {
    return new Refused("another run is writing it: " + told + " (its lease is in " + folder + ")");
  }

  private Optional<String> beats(String token) throws IOException {
    return store.text(beat(folder, token));
  }

  private boolean has(Other other) throws IOException {
    return beats(other.token).filter(b -> b.startsWith(HAS)).isPresent();
  }

  private void bury(String token) throws IOException {
    try {
      store.delete(file(folder, token));
      store.delete(beat(folder, token));
    } catch (IOException e) {
      throw new Refused("the lease of a run that is dead can't be removed: " + Reason.of(e));
    }
  }

  private synchronized void beat() throws IOException {
    store.write(beat(folder, owner.token), (has ? HAS : WANTS) + beats++);
  }

  /** Never interrupted: that would tear a file that is being written. */
  private void live(Pace pace) {
    for (rest(pace.beat); !over; rest(pace.beat)) {
      try {
        if (!store.exists(file(folder, owner.token))) {
          return;
        }
        beat();
      } catch (IOException | RuntimeException e) {
        // Whatever a store's client throws: the next beat may come through.
        LOG.log(System.Logger.Level.WARNING, "Cannot renew the lease in " + folder + ": " + e);
      }
    }
  }

  private synchronized void rest(Duration beat) {
    long end = System.nanoTime() + beat.toNanos();
    for (long left = beat.toMillis(); !over && left > 0; ) {
      try {
        wait(left);
      } catch (InterruptedException e) {
        return;
      }
      left = (end - System.nanoTime()) / 1_000_000;
    }
  }

  private synchronized void end() {
    over = true;
    notifyAll();
  }

  /**
   * Whether this is still the owner.
   *
   * @throws IllegalStateException where another run has taken over
   */
  public void requireHeld() {
    try {
      if (store.text(file(folder, owner.token)).isEmpty()) {
        lost = holder(store, folder).orElse("someone");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot read the lease in " + folder + ": " + e.getMessage(), e);
    }
    if (lost != null) {
      throw new IllegalStateException(
          "Cannot go on: this run stood still for so long that its lease was taken over by "
              + lost);
    }
  }

  /** Who writes an output now, in words; none where nobody does. */
  public static Optional<String> holder(FileSystem files, Path folder) throws IOException {
    return holder(new Store(files), folder);
  }

  private static Optional<String> holder(Store store, Path folder) throws IOException {
    return others(store, folder).stream().findFirst().map(Other::told);
  }

  private static Path file(Path folder, String token) {
    return new Path(folder, "lease-" + token + ".json");
  }

  private static Path beat(Path folder, String token) {
    return new Path(folder, "_beat-" + token);
  }

  private static Optional<Owner> read(String text) {
    try {
      return Optional.ofNullable(JSON.readValue(text, Owner.class))
          .filter(o -> o.token != null && o.process != null);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Milliseconds between two looks. */
  private static long pause(Pace pace) {
    return Math.min(1000, Math.max(1, pace.beat.toMillis() / 20));
  }

  private static void pause(long milliseconds) throws Refused {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refused("interrupted while waiting for a lease");
    }
  }

  /** Gives it back. */
  @Override
  public void close() {
    end();
    // Who was interrupted gives it back, too.
    boolean interrupted = Thread.interrupted();
    try {
      heart.join();
      store.delete(file(folder, owner.token));
      store.delete(beat(folder, owner.token));
      store.deleteIfEmpty(folder);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "Cannot remove the lease in " + folder + ": " + e);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
