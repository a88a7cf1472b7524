package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.tensor.Tolerance;
import tributary.write.RunManifest;

/**
 * Every form of the fusion step in a job on records of which some modalities are absent: the bits
 * of the plain loop, records spread over partitions included, and what the oracle's backend
 * computes.
 */
class FusionFormsJobTest {
  @TempDir Path folder;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "cross-attention     | all | latents: 6, channels: 20, self_layers: 1, self_heads: 4, cross_heads: 2",
        "transformer-decoder | all | latents: 6, channels: 20, self_layers: 2, self_heads: 5, cross_heads: 4",
        "persistent-memory   | all | latents: 6, channels: 20, self_layers: 2, self_heads: 5, cross_heads: 4, memory: 3",
        "retro               | all | latents: 9, channels: 20, self_layers: 1, self_heads: 5, cross_heads: 4, chunk: 2",
        "film                | all | latents: 15, channels: 16, self_layers: 1, self_heads: 4, condition: text",
        "selfdoc             | two | latents: 10, channels: 16, self_layers: 1, self_heads: 4, cross_heads: 8",
        "crossvit            | two | latents: 10, channels: 16, self_layers: 0, cross_heads: 2"
      })
  void sameBitsAsThePlainLoopWithModalitiesAbsent(String form, String modalities, String sizes)
      throws IOException {
    boolean all = modalities.equals("all");
    Dataset<Row> table = SyntheticTable.frame(SparkFixture.spark(), 16, 5, 300, 0.5, 0, 3);
    JobConfig job = job("ours", model(form, all, sizes), all, "cpu");
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    assertThat(manifest.counts().spread()).isPositive();
    Map<String, List<Float>> found = SparkFixture.embeddings(job);
    assertThat(found).isEqualTo(PlainLoop.fuse(job, table)).hasSize(16);
    Map<String, List<Float>> oracle =
        PlainLoop.fuse(job("oracle", model(form, all, sizes), all, "java"), table);
    found.forEach(
        (id, e) ->
            Tolerance.sum(1000, 4)
                .check(
                    form + " " + id,
                    SparkFixture.floats(e),
                    SparkFixture.floats(Objects.requireNonNull(oracle.get(id)))));
    Path other = model("cross-attention", all, "latents: 6, channels: 20, self_layers: 1");
    assertThat(found).isNotEqualTo(PlainLoop.fuse(job("other", other, all, "cpu"), table));
  }

  /** The tiny model with another fusion, of all of the job's modalities or of two. */
  private Path model(String form, boolean all, String sizes) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line : Files.readAllLines(Path.of(TestJob.TINY))) {
      if (line.startsWith("fusion:")) {
        text.append("fusion: {form: ").append(form).append(", ").append(sizes).append("}\n");
      } else if (!line.matches(
          all ? ".*name: (vectors|points),.*" : ".*name: (vectors|points|audio|series),.*")) {
        text.append(line).append('\n');
      }
    }
    return Files.writeString(folder.resolve(form + all + ".yaml"), text);
  }

  private JobConfig job(String name, Path model, boolean all, String kernels) {
    TestJob job =
        TestJob.in(folder.resolve(name)).model(model, 7).kernels(kernels).run(4, 1 << 20, 200);
    return (all ? job : job.columns("text", "caption", "image", "picture")).build();
  }
}
