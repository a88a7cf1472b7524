package tributary.spark.roots;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.merge.Node;
import tributary.merge.NodeBytes;
import tributary.record.ModalityRoot;

/** A file of roots gives back what was put down, or nothing: whatever byte of it is another. */
final class RootPortionTest {
  private static final String MODEL = "0123456789abcdef".repeat(4);
  private static final String RECIPE = "fedcba9876543210".repeat(4);
  private static final NodeBytes NODES = new NodeBytes(MODEL);

  @TempDir Path folder;
  private FileSystem files;
  private RootStore store;

  @BeforeEach
  void open() throws IOException {
    files = ((LocalFileSystem) FileSystem.getLocal(new Configuration())).getRawFileSystem();
    store = new RootStore(files, new org.apache.hadoop.fs.Path(folder.toUri()), MODEL, RECIPE);
  }

  private static ModalityRoot root(String modality, int value) {
    Node node = new Node(modality, 0, 0, 5, new float[] {value, -0.0f});
    return new ModalityRoot(5, value, List.of(node, new Node(modality, 0, 1, 3, new float[] {1})));
  }

  private void put(long time, String id, int value) {
    RootPlan plan = new RootPlan(store.folder(), store.plan(), time, null);
    try (RootWriter writer = new RootWriter(plan, files, NODES, () -> {})) {
      assertThat(writer.add(id, "text", "hash" + value, root("text", value))).isTrue();
      assertThat(writer.add(id, "image", "hash" + value, root("image", value))).isTrue();
    }
  }

  private List<Path> portions() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** The values of what is found; a root is compared whole. */
  private List<Integer> found(String id, int... values) {
    List<Integer> found = new ArrayList<>();
    RootPlan plan = store.plan(sent -> new Sent(sent));
    try (RootReader reader = new RootReader(plan, files, NODES, () -> {})) {
      for (int value : values) {
        Optional<ModalityRoot> root = reader.find(id, "text", "hash" + value);
        if (root.isPresent()) {
          assertThat(root.get()).usingRecursiveComparison().isEqualTo(root("text", value));
          found.add(value);
        }
      }
    }
    return found;
  }

  @Test
  void theNewestOfARecordsModalityIsFound() {
    put(1, "a", 1);
    put(1, "b", 1);
    assertThat(found("a", 1, 2)).containsExactly(1);
    put(2, "a", 2);
    assertThat(found("a", 1, 2)).containsExactly(2);
    assertThat(found("b", 1, 2)).containsExactly(1);
    assertThat(found("c", 1, 2)).isEmpty();
  }

  @Test
  void noByteCanBeAnother() throws IOException {
    put(1, "a", 1);
    Path portion = portions().get(0);
    byte[] right = Files.readAllBytes(portion);
    int seen = 0;
    for (int i = 0; i < right.length; i++) {
      byte[] wrong = right.clone();
      wrong[i] ^= 4;
      Files.write(portion, wrong);
      seen += found("a", 1).size();
    }
    assertThat(seen).as("bytes of the other root alone").isBetween(1, right.length / 2);
    for (int length = 0; length < right.length; length += 7) {
      Files.write(portion, java.util.Arrays.copyOf(right, length));
      assertThat(found("a", 1)).as("cut after %s bytes", length).isEmpty();
    }
  }

  /** Dead roots, roots of ids that are gone and other models' go; what is written anew is found. */
  @Test
  void whatNothingAsksForGoes() throws IOException {
    Path other = Files.createDirectories(folder.resolve("aaaaaaaaaaaa-bbbbbbbbbbbb"));
    Files.writeString(other.resolve("roots-x"), "old");
    for (int time = 1; time <= 3; time++) {
      put(time, "a", time);
      put(time, "gone", time);
    }
    Files.writeString(Path.of(store.folder().replaceFirst("^file:", "")).resolve(".roots-x"), "");
    RootStore.Work work =
        store.tidy(roots -> Optional.of(java.util.Set.of(RootStore.digest("a")))).orElseThrow();
    assertThat(other).doesNotExist();
    assertThat(work.old()).hasSize(6);
    RootPlan plan = new RootPlan(store.folder(), store.plan(), 0, null);
    work.into().forEach(w -> assertThat(RootStore.write(w, plan, files, NODES)).isTrue());
    store.done(work);
    assertThat(portions()).hasSize(1);
    assertThat(found("a", 1, 2, 3)).containsExactly(3);
    assertThat(found("gone", 1, 2, 3)).isEmpty();
    assertThat(store.tidy(roots -> Optional.empty())).isEmpty();
  }

  /** What is sent, in this JVM. */
  private static final class Sent
      extends org.apache.spark.broadcast.Broadcast<scala.Tuple2<long[][], String[]>> {
    private final scala.Tuple2<long[][], String[]> value;

    Sent(scala.Tuple2<long[][], String[]> value) {
      super(0, scala.reflect.ClassTag$.MODULE$.apply(scala.Tuple2.class));
      this.value = value;
    }

    @Override
    public scala.Tuple2<long[][], String[]> getValue() {
      return value;
    }

    @Override
    public void doUnpersist(boolean blocking) {}

    @Override
    public void doDestroy(boolean blocking) {}
  }
}
