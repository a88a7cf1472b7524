package tributary.clusters;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.clusters.Runs.Ran;

/** One jar on each Spark that the documentation names. */
@Tag("clusters")
class SparkVersionsTest {
  @TempDir Path folder;

  @Test
  void everySparkGivesTheBitsOfTheEmbeddedOne() throws Exception {
    List<String> expected = Runs.expected();
    for (String version : List.of("4.0.1", "4.2.0")) {
      String[] profiles = version.equals("4.2.0") ? new String[] {"spark-yarn"} : new String[0];
      Runs runs = new Runs(folder).on(Runs.spark(version, profiles), "--master", "local[2]");
      Ran ran = runs.fuse(version);
      assertThat(ran.code()).as(ran.text()).isZero();
      assertThat(Runs.embeddings(folder.resolve(version))).as(version).isEqualTo(expected);
      assertThat(runs.fuse(version).code()).as(version).isEqualTo(2);
    }
  }
}
