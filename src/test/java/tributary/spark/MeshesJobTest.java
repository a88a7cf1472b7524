package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig.Column;
import tributary.config.TestJob;
import tributary.read.Meshes;
import tributary.write.RunManifest;

/** Meshes from a table of bytes and from one of paths: the same points, the same embeddings. */
class MeshesJobTest {
  private static final String MODEL =
      """
      encoder: elastic
      group_size: 8
      fan_in: 3
      embedding_channels: 8
      levels: [{latents: 4, channels: 16, self_layers: 1, self_heads: 2, cross_heads: 1}]
      merge: {latents: 4, channels: 16, self_layers: 1, self_heads: 2, cross_heads: 1}
      fusion: {latents: 4, channels: 16, self_layers: 1, self_heads: 2, cross_heads: 1}
      embedding_dim: 8
      modalities: [{name: points, kind: points, dimensions: 3, points: 100}]
      """;

  @TempDir Path folder;

  private static Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("a.obj", bytes("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n"));
    files.put("b.stl", Meshes.stl("solid b", 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1));
    files.put("c.off", bytes("OFF4 2 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 0 1 3\n"));
    files.put("d.obj", bytes("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n"));
    files.put("e.glb", bytes("glTF"));
    files.put("f.off", bytes("OFF\n3 0 0\n0 0 0\n1 0 0\n0 1 0\n"));
    return files;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private TestJob job(String name, Path table, Column.From from) throws IOException {
    Path model = Files.writeString(folder.resolve("model.yaml"), MODEL);
    return TestJob.in(folder.resolve(name))
        .model(model, 1)
        .input("parquet", table, Map.of())
        .columns()
        .column("points", new Column("mesh", from, null, null, 0));
  }

  private static RunManifest run(TestJob job) {
    return FuseJob.run(job.build(), Map.of(), SparkFixture.spark());
  }

  private Path table(String name, boolean paths) throws IOException {
    List<String> rows = new ArrayList<>();
    for (Map.Entry<String, byte[]> file : files().entrySet()) {
      Files.write(
          Files.createDirectories(folder.resolve(name + "/m")).resolve(file.getKey()),
          file.getValue());
      String cell =
          paths
              ? "'m/" + file.getKey() + "'"
              : "unhex('" + HexFormat.of().formatHex(file.getValue()) + "')";
      rows.add("select '" + file.getKey() + "' as id, " + cell + " as mesh");
    }
    Path part = folder.resolve(name + "/t.parquet");
    SparkFixture.spark().sql(String.join(" union all ", rows)).write().parquet(part.toString());
    return part;
  }

  @Test
  void bytesAndPathsOfMeshesGiveOneEmbedding() throws IOException {
    TestJob values = job("values", table("v", false), Column.From.VALUE);
    RunManifest manifest = run(values);
    assertThat(manifest.counts().reasons())
        .isEqualTo(Map.of("CORRUPT_MESH", 1L, "UNKNOWN_FORMAT", 1L));
    assertThat(manifest.tokens()).isEqualTo(Map.of("points", 3 * 101L + 4));
    var embeddings = SparkFixture.embeddings(values.build());
    assertThat(embeddings).containsOnlyKeys("a.obj", "b.stl", "c.off", "f.off");
    assertThat(embeddings.get("a.obj"))
        .isEqualTo(embeddings.get("b.stl"))
        .isEqualTo(embeddings.get("c.off"))
        .isNotEqualTo(embeddings.get("f.off"));

    TestJob paths = job("paths", table("p", true), Column.From.PATH);
    paths.column(
        "points", new Column("mesh", Column.From.PATH, folder.resolve("p").toString(), null, 0));
    assertThat(run(paths).counts()).isEqualTo(manifest.counts());
    assertThat(SparkFixture.embeddings(paths.build())).isEqualTo(embeddings);
  }
}
