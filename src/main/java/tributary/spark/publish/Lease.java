package tributary.spark.publish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import tributary.base.Reason;

/**
 * The right to write an output, which one process has at a time. Its file names the owner; the
 * owner's thread counts up in a file of its own as long as it lives. Who finds a lease looks
 * whether that number moves, by its own clock: what clocks of two machines say is never compared. A
 * lease whose owner is dead is taken over, and what the owner does afterwards fails, for its
 * staging is gone and {@link #requireHeld} tells it so.
 */
public final class Lease implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("tributary");
  private static final String FILE = "lease.json";

  /** What a later version adds is passed over. */
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private static final int TRIES = 20;

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

  private final Store store;
  private final Path folder;
  private final Owner owner;
  private final Thread heart;
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
    store.write(lease.beat(own), "0");
    try {
      lease.acquire(pace);
    } catch (IOException | RuntimeException e) {
      store.delete(lease.beat(own));
      store.deleteIfEmpty(folder);
      throw e;
    }
    lease.heart.start();
    return lease;
  }

  private void acquire(Pace pace) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      if (store.create(file(), JSON.writeValueAsString(owner))) {
        return;
      }
      Optional<String> found = store.text(file());
      if (found.isPresent() && isDead(found.get(), pace)) {
        bury(found.get());
      }
    }
    throw new Refused("Cannot take the lease " + file() + ": others take it, again and again");
  }

  /**
   * Watches an owner until it has stood still for so long that it is dead; false where meanwhile
   * there is another.
   *
   * @throws Refused where it lives
   */
  private boolean isDead(String found, Pace pace) throws IOException {
    Owner other = read(found).orElse(null);
    String told = other == null ? "somebody (its file can't be read)" : other.told();
    if (other != null) {
      Optional<Boolean> alive = other.process.alive();
      if (alive.isPresent()) {
        if (alive.get()) {
          throw held(told);
        }
        LOG.log(System.Logger.Level.WARNING, "Taken over from {0}, which has ended", told);
        return true;
      }
    }
    LOG.log(System.Logger.Level.INFO, "Watching whether {0} is alive", told);
    String last = beats(other);
    long start = System.nanoTime();
    while (System.nanoTime() - start < pace.patience.toNanos()) {
      pause(Math.min(1000, Math.max(1, pace.beat.toMillis() / 2)));
      if (store.text(file()).filter(found::equals).isEmpty()) {
        return false;
      }
      if (!beats(other).equals(last)) {
        throw held(told);
      }
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "Taken over from {0}, which gave no sign of life for {1} s",
        told,
        pace.patience.toSeconds());
    return true;
  }

  private Refused held(String told) {
    return new Refused("another run is writing it: " + told + " (its lease is " + file() + ")");
  }

  private String beats(@Nullable Owner of) throws IOException {
    return of == null ? "" : store.text(beat(of)).orElse("");
  }

  /** Moves a dead owner's file away: of several that want to, one can. */
  private void bury(String found) throws IOException {
    Path grave = new Path(folder, "_" + FILE + "." + owner.token);
    try {
      store.move(file(), grave);
    } catch (IOException e) {
      if (store.text(file()).filter(found::equals).isPresent()) {
        throw new Refused("the lease of a run that is dead can't be removed: " + Reason.of(e));
      }
      return;
    }
    // Meanwhile somebody may have done this before us and have a lease of its own.
    if (store.text(grave).filter(found::equals).isEmpty()) {
      store.move(grave, file());
      return;
    }
    Optional<Owner> dead = read(found);
    if (dead.isPresent()) {
      store.delete(beat(dead.get()));
    }
    store.delete(grave);
  }

  /** Never interrupted: that would tear a file that is being written. */
  private void live(Pace pace) {
    for (long beats = 1; !over; beats++) {
      try {
        store.write(beat(owner), Long.toString(beats));
      } catch (IOException | RuntimeException e) {
        // Whatever a store's client throws: the next beat may come through.
        LOG.log(System.Logger.Level.WARNING, "Cannot renew the lease " + file() + ": " + e);
      }
      rest(pace.beat);
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
      Optional<String> found = store.text(file());
      if (found.flatMap(Lease::read).filter(o -> o.token.equals(owner.token)).isEmpty()) {
        lost = found.flatMap(Lease::read).map(Owner::told).orElse("someone");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the lease " + file() + ": " + e.getMessage(), e);
    }
    if (lost != null) {
      throw new IllegalStateException(
          "Cannot go on: this run stood still for so long that its lease was taken over by "
              + lost);
    }
  }

  /** Who writes an output now, in words; none where nobody does. */
  public static Optional<String> holder(FileSystem files, Path folder) throws IOException {
    return new Store(files)
        .text(new Path(folder, FILE))
        .map(t -> read(t).map(Owner::told).orElse("somebody"));
  }

  private Path file() {
    return new Path(folder, FILE);
  }

  private Path beat(Owner of) {
    return new Path(folder, "_beat-" + of.token);
  }

  private static Optional<Owner> read(String text) {
    try {
      return Optional.ofNullable(JSON.readValue(text, Owner.class))
          .filter(o -> o.token != null && o.process != null);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    }
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
    try {
      heart.join();
      Optional<String> found = store.text(file());
      if (found.flatMap(Lease::read).filter(o -> o.token.equals(owner.token)).isPresent()) {
        store.delete(file());
      }
      store.delete(beat(owner));
      store.deleteIfEmpty(folder);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Cannot remove the lease " + file() + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
