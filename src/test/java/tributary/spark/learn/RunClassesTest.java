package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.Problems.Refused;
import tributary.learn.Checkpoint;
import tributary.learn.CheckpointFolder;
import tributary.learn.RunIdentity;

/** A run's identity is small however many classes it learns, and a changed list is told. */
class RunClassesTest {
  @TempDir Path folder;

  private static RunClasses classes(List<String> names) {
    return new RunClasses("kind", names, 0xbeef);
  }

  private static List<String> many() {
    return IntStream.range(0, 10_000).mapToObj("class-%05d"::formatted).toList();
  }

  private static RunIdentity identity(RunClasses classes) {
    return RunIdentity.of("model", 1, "order", Map.of(RunClasses.KEY, classes.told()));
  }

  private CheckpointFolder open(RunClasses classes) {
    return CheckpointFolder.open(folder, 2, identity(classes), line -> {});
  }

  private Path written(RunClasses classes) throws IOException {
    try (CheckpointFolder states = open(classes)) {
      classes.keep(folder);
      return states.write(Checkpoint.of(1, identity(classes), Map.of()));
    }
  }

  @Test
  void fewAreNamed() throws IOException {
    assertThat(classes(List.of("cup", "jug")).told()).isEqualTo("kind: cup, jug; 000000000000beef");
    written(classes(List.of("cup", "jug")));
    assertThat(folder.resolve(RunClasses.FILE)).doesNotExist();
  }

  @Test
  void ofManyThereAreCountAndDigestAndTheFileHasThem() throws Exception {
    RunClasses many = classes(many());
    assertThat(many.told()).startsWith("kind: 10,000 classes, sha256 ").hasSizeLessThan(130);
    Path file = written(many);
    assertThat(file).satisfies(f -> assertThat(Files.size(f)).isLessThan(2000));
    Process sum =
        new ProcessBuilder("sha256sum", folder.resolve(RunClasses.FILE).toString()).start();
    byte[] said = sum.getInputStream().readAllBytes();
    String digest = new String(said, StandardCharsets.UTF_8).split(" ", -1)[0];
    assertThat(many.told()).contains(digest);
    assertThat(Files.readString(folder.resolve(RunClasses.FILE)))
        .startsWith("[\"class-00000\",\"class-00001\"");
  }

  @Test
  void aChangedListIsRefusedWithWhatChanged() throws IOException {
    written(classes(many()));
    List<String> names = new ArrayList<>(many().subList(7, 10_000));
    names.add("vase");
    RunClasses changed = classes(names);
    try (CheckpointFolder states = open(changed)) {
      assertThatThrownBy(
              () -> {
                try {
                  states.latest();
                } catch (Refused e) {
                  throw changed.explained(e, folder);
                }
              })
          .isInstanceOf(Refused.class)
          .hasMessageMatching(
              "(?s)Cannot use checkpoint .*\\.label: ours kind: 9,994 classes, sha256 .{64};"
                  + " .{16}, the checkpoint's kind: 10,000 classes, sha256 .{64}; .{16}\\R"
                  + "classes of ours alone: vase\\R"
                  + "classes of the checkpoint's alone: class-00000, class-00001, class-00002,"
                  + " class-00003, class-00004 and 2 more");
    }
  }

  /** The file of a list that the checkpoint is not of says nothing. */
  @Test
  void anotherFileExplainsNothing() throws IOException {
    written(classes(many()));
    Files.writeString(folder.resolve(RunClasses.FILE), "[\"a\"]");
    RunClasses changed = classes(many().subList(1, 10_000));
    try (CheckpointFolder states = open(changed)) {
      assertThatThrownBy(states::latest)
          .isInstanceOfSatisfying(
              Refused.class, e -> assertThat(changed.explained(e, folder)).isSameAs(e));
    }
  }

  @Test
  void aListOfOtherRecordsIsNoneOfOtherClasses() throws IOException {
    written(classes(many()));
    RunClasses other = new RunClasses("kind", many(), 0xfeed);
    try (CheckpointFolder states = open(other)) {
      assertThatThrownBy(states::latest)
          .isInstanceOfSatisfying(
              Refused.class,
              e ->
                  assertThat(other.explained(e, folder).problems())
                      .endsWith("the classes are equal: records have others of them"));
    }
  }
}
