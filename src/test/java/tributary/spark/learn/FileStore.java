package tributary.spark.learn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.stream.Stream;
import tributary.learn.Replica;

/** States of fake replicas: a file for each step, whole or not there. */
record FileStore(String folder, Trouble trouble) implements StateStore {
  @Override
  public Optional<Long> latestStep() {
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(name -> name.matches("\\d+"))
          .map(Long::valueOf)
          .max(Long::compare);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void save(Replica replica, long step) {
    FakeReplica fake = (FakeReplica) replica;
    ByteBuffer bytes = ByteBuffer.allocate(8 * FakeReplica.PARAMETERS);
    bytes.asFloatBuffer().put(fake.weights).put(fake.moments);
    Path part = Path.of(folder, step + ".part");
    try {
      Files.write(part, java.util.Arrays.copyOf(bytes.array(), 1000));
      trouble.in(Trouble.Phase.SAVE, 0, step);
      Files.write(part, bytes.array());
      Files.move(part, Path.of(folder, Long.toString(step)), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void restore(Replica replica, long step) {
    FakeReplica fake = (FakeReplica) replica;
    try {
      FloatBuffer floats =
          ByteBuffer.wrap(Files.readAllBytes(Path.of(folder, Long.toString(step)))).asFloatBuffer();
      floats.get(fake.weights).get(fake.moments);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
