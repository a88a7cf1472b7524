package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.Problems.Refused;
import tributary.model.ModelFiles;

/** Where a model goes, and what a run that was killed leaves there. */
class ModelFolderTest {
  @TempDir Path dir;
  private ModelFolder folder;

  @BeforeEach
  void name() throws IOException {
    folder =
        new ModelFolder(dir.resolve("model"), Files.createDirectory(dir.resolve("checkpoints")));
  }

  /** As if it were killed there. */
  private static Path left(Path place) throws IOException {
    Files.writeString(Files.createDirectories(place).resolve(ModelFiles.WEIGHTS), "half");
    return place;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.skip(1).map(f -> dir.relativize(f).toString()).sorted().toList();
    }
  }

  @Test
  void whatAKilledRunLeftIsRemovedAndNothingElse() throws IOException {
    left(folder.part());
    left(folder.checkpoints().resolve(ModelFolder.START));
    left(folder.checkpoints().resolve(ModelFolder.SHOWN));
    Files.writeString(folder.checkpoints().resolve("history.jsonl"), "");
    left(folder.checkpoints().resolve("start"));
    left(folder.checkpoints().resolve(".started"));
    // Of runs that are alive: of the same model on other checkpoints, of another model.
    Path alive = new ModelFolder(folder.folder(), dir.resolve("other")).part();
    Path other = new ModelFolder(dir.resolve("model2"), folder.checkpoints()).part();
    folder.sweep();
    assertThat(names())
        .containsExactlyInAnyOrder(
            String.valueOf(alive.getFileName()),
            String.valueOf(other.getFileName()),
            "checkpoints",
            "checkpoints/.started",
            "checkpoints/.started/" + ModelFiles.WEIGHTS,
            "checkpoints/history.jsonl",
            "checkpoints/start",
            "checkpoints/start/" + ModelFiles.WEIGHTS);
  }

  /** Killed while two models change places: the one before is kept until there is another. */
  @Test
  void theModelBeforeStaysUntilAnotherHasTakenItsPlace() throws IOException {
    left(folder.folder());
    Path old = dir.resolve(String.valueOf(folder.part().getFileName()).replace(".model-", ".old-"));
    Files.move(folder.folder(), old);
    folder.sweep();
    assertThat(old).isDirectoryContaining("glob:**" + ModelFiles.WEIGHTS);
    Path part = folder.part();
    Files.writeString(part.resolve(ModelFiles.WEIGHTS), "whole");
    folder.publish(part);
    assertThat(names()).containsExactly("checkpoints", "model", "model/" + ModelFiles.WEIGHTS);
    assertThat(folder.folder().resolve(ModelFiles.WEIGHTS)).hasContent("whole");
    left(old);
    folder.sweep();
    assertThat(old).doesNotExist();
  }

  @Test
  void aModelTakesTheOthersPlace() throws IOException {
    left(folder.folder());
    Path part = folder.part();
    Files.writeString(part.resolve(ModelFiles.CONFIG), "whole");
    folder.publish(part);
    assertThat(names()).containsExactly("checkpoints", "model", "model/" + ModelFiles.CONFIG);
  }

  @Test
  void somethingElseOfSuchANameIsRefusedAndLeft() throws IOException {
    Path shown = folder.checkpoints().resolve(ModelFolder.SHOWN);
    Path within = Files.createDirectories(shown.resolve("photographs"));
    Files.writeString(shown.resolve("a"), "a");
    assertThatThrownBy(folder::sweep)
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot remove " + shown + ": " + within + " is no file");
    assertThat(shown.resolve("a")).exists();
    Path kept = Files.move(shown, dir.resolve("kept"));
    Files.createSymbolicLink(shown, kept);
    assertThatThrownBy(folder::sweep)
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot remove " + shown + ": it is no folder");
    assertThat(kept.resolve("a")).exists();
  }
}
