package tributary.spark.learn;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tributary.learn.Checkpoint;
import tributary.learn.CheckpointFolder;
import tributary.learn.Replica;
import tributary.learn.RunIdentity;
import tributary.spark.Versions;

/**
 * States of a run as checkpoints in a folder that all executors see, which the driver holds. Sent
 * with each task.
 *
 * @param folder a path
 * @param keep how many
 */
record CheckpointStore(String folder, int keep, RunIdentity identity) implements StateStore {
  private static final System.Logger LOG = System.getLogger("tributary");

  private CheckpointFolder open() {
    return CheckpointFolder.within(
        Path.of(folder), keep, identity, line -> LOG.log(System.Logger.Level.WARNING, line));
  }

  @Override
  public Optional<Long> latestStep() {
    try (CheckpointFolder checkpoints = open()) {
      return checkpoints.latest().map(Checkpoint::step);
    }
  }

  @Override
  public void save(Replica replica, long step) {
    try (CheckpointFolder checkpoints = open()) {
      checkpoints.write(replica.state(step).withVersions(versions()));
    }
  }

  /** What computes here: with another of them the law holds, but last bits may be others. */
  static Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>(Versions.all());
    versions.put("processor", System.getProperty("os.arch"));
    return versions;
  }

  /** What a checkpoint was made with and this run is not, in a line; empty where there is none. */
  static String others(Checkpoint checkpoint) {
    List<String> others = new ArrayList<>();
    versions()
        .forEach(
            (name, ours) -> {
              String theirs = checkpoint.versions().getOrDefault(name, "unknown");
              if (!theirs.equals(ours)) {
                others.add(name + ": ours " + ours + ", the checkpoint's " + theirs);
              }
            });
    return others.isEmpty()
        ? ""
        : "Checkpoint of step "
            + checkpoint.step()
            + " was made by others (last bits may differ): "
            + String.join("; ", others);
  }

  @Override
  public void restore(Replica replica, long step) {
    try (CheckpointFolder checkpoints = open()) {
      Checkpoint latest =
          checkpoints
              .latest()
              .filter(c -> c.step() == step)
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "Cannot go on from step "
                              + step
                              + ": "
                              + folder
                              + " has no whole checkpoint of it (do all executors see that"
                              + " folder?)"));
      replica.restore(latest);
    }
  }
}
