package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Codecs;
import tributary.config.JobConfig.Column;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** What a codec process decodes, in a job: video with its sound, and all that is wrong with one. */
class VideoJobTest {
  private static final String MODEL =
      """
      encoder: elastic
      group_size: 16
      fan_in: 2
      embedding_channels: 8
      levels:
        - {latents: 4, channels: 16, self_layers: 1, self_heads: 2, cross_heads: 1}
      merge: {latents: 4, channels: 16, self_layers: 1, self_heads: 2, cross_heads: 1}
      fusion: {latents: 4, channels: 16, self_layers: 1, self_heads: 2, cross_heads: 1}
      embedding_dim: 16
      modalities:
        - {name: video, kind: video, canvas: 32, patch: 8, rate: 5, frames: 2}
        - {name: audio, kind: audio, rate: 8000, form: raw, frame: 80, hop: 80}
        - {name: image, kind: image, canvas: 32, patch: 8}
        - {name: points, kind: points, points: 64}
      """;

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void model() throws IOException {
    model = Files.writeString(folder.resolve("video.yaml"), MODEL);
  }

  private static byte[] file(String name) {
    try (InputStream in = VideoJobTest.class.getResourceAsStream("/codecs/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Dataset<Row> table(Map<String, byte[]> clips) {
    List<Row> rows = new ArrayList<>();
    clips.forEach((id, clip) -> rows.add(RowFactory.create(id, clip)));
    StructType schema =
        new StructType().add("id", DataTypes.StringType).add("clip", DataTypes.BinaryType);
    return SparkFixture.spark().createDataFrame(rows, schema);
  }

  private TestJob job() {
    return TestJob.in(folder).model(model, 3);
  }

  private static RunManifest run(JobConfig job, Dataset<Row> rows) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark(), rows);
  }

  private Map<String, List<Float>> embedded(String out, int partitions) {
    JobConfig job =
        job()
            .columns("video", "clip", "audio", "clip")
            .output(TestJob.sink(folder.resolve(out)))
            .build();
    Map<String, byte[]> clips =
        Map.of(
            "mp4", file("h264.mp4"),
            "webm", file("vp9.webm"),
            "mute", file("mute.mp4"),
            "animation", file("anim.gif"));
    RunManifest manifest = run(job, table(clips).repartition(partitions));
    assertThat(manifest.counts().out()).isEqualTo(4);
    // 1.2 s: 6 frames of 5 a second are 3 layers of 16 places.
    assertThat(manifest.tokens()).containsEntry("video", 4 * 48L);
    assertThat(manifest.tokens().get("audio")).isBetween(2 * 120L, 2 * 126L);
    return SparkFixture.embeddings(job);
  }

  @Test
  void videoAndItsSoundAreModalitiesOfOneColumn() {
    Map<String, List<Float>> one = embedded("one", 1);
    assertThat(one).hasSize(4);
    assertThat(embedded("three", 3)).isEqualTo(one);
  }

  @Test
  void whatIsWrongWithAVideoIsQuarantined() {
    byte[] whole = file("h264.mp4");
    Map<String, byte[]> clips =
        Map.of(
            "good", whole,
            "cut", Arrays.copyOf(whole, whole.length / 2),
            "sound", file("lame.mp3"),
            "words", "not a video".getBytes(StandardCharsets.UTF_8),
            "empty", new byte[0]);
    RunManifest manifest = run(job().columns("video", "clip").build(), table(clips));
    assertThat(manifest.counts().out()).isEqualTo(1);
    assertThat(manifest.counts().reasons())
        .isEqualTo(Map.of("CORRUPT_VIDEO", 1L, "UNKNOWN_FORMAT", 2L, "EMPTY_PAYLOAD", 1L));
  }

  @Test
  void aVideoNeedsCodecs() {
    JobConfig job =
        job().columns("video", "clip").codecs(new Codecs(false, 300, 1024, 1L << 36)).build();
    assertThatThrownBy(() -> run(job, table(Map.of("a", file("mute.mp4")))))
        .hasMessageContaining("Invalid codecs.enabled: false (true where a modality is video)");
  }

  @Test
  void soundsAndPicturesOfAllTheirFormatsByPath() throws IOException {
    Path files = Files.createDirectory(folder.resolve("files"));
    List<String> sounds = List.of("lame.mp3", "aac.m4a", "opus.opus", "alac.m4a", "h264.mp4");
    List<String> pictures = List.of("grid.heic", "alpha.avif", "lossy.jp2", "turn6.avif", "la.jp2");
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < sounds.size(); i++) {
      Files.write(files.resolve(sounds.get(i)), file(sounds.get(i)));
      Files.write(files.resolve(pictures.get(i)), file(pictures.get(i)));
      rows.add(RowFactory.create("r" + i, sounds.get(i), pictures.get(i)));
    }
    StructType schema =
        new StructType()
            .add("id", DataTypes.StringType)
            .add("sound", DataTypes.StringType)
            .add("picture", DataTypes.StringType);
    Column.From path = Column.From.PATH;
    JobConfig job =
        job()
            .columns()
            .column("audio", new Column("sound", path, files.toString(), null, 0))
            .column("image", new Column("picture", path, files.toString(), null, 0))
            .build();
    RunManifest manifest = run(job, SparkFixture.spark().createDataFrame(rows, schema));
    assertThat(manifest.counts().reasons()).isEmpty();
    assertThat(manifest.counts().out()).isEqualTo(5);
    assertThat(manifest.tokens()).containsEntry("image", 5 * 16L);
  }

  /** Cut, with bits flipped, of the wrong kind, or noise: each record is in one of the tables. */
  @Test
  void whateverIsInACellEveryRecordIsAccountedFor() {
    List<byte[]> files =
        List.of(
            file("h264.mp4"),
            file("vp8.webm"),
            file("lame.mp3"),
            file("opus.opus"),
            file("alpha.avif"),
            file("one.heic"),
            file("lossy.jp2"),
            file("anim.gif"),
            "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".getBytes(StandardCharsets.UTF_8));
    Random random = new Random(20261126);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      rows.add(
          RowFactory.create(
              "r" + i, cell(files, random), cell(files, random), cell(files, random)));
    }
    StructType schema = new StructType().add("id", DataTypes.StringType);
    for (String column : List.of("clip", "picture", "mesh")) {
      schema = schema.add(column, DataTypes.BinaryType);
    }
    JobConfig job =
        job()
            .columns("video", "clip", "audio", "clip", "image", "picture", "points", "mesh")
            .build();
    RunManifest manifest =
        run(job, SparkFixture.spark().createDataFrame(rows, schema).repartition(3));
    assertThat(manifest.counts().in()).isEqualTo(150);
    assertThat(manifest.counts().out() + manifest.counts().quarantined()).isEqualTo(150);
    assertThat(manifest.counts().out()).isPositive();
    assertThat(manifest.counts().reasons()).doesNotContainKey("UNREADABLE").hasSizeGreaterThan(3);
  }

  private static byte @Nullable [] cell(List<byte[]> files, Random random) {
    int kind = random.nextInt(4);
    if (kind < 2) {
      return null;
    }
    byte[] cell = files.get(random.nextInt(files.size())).clone();
    if (kind == 2) {
      return cell;
    }
    for (int i = 1 + random.nextInt(20); i > 0; i--) {
      cell[random.nextInt(cell.length)] = (byte) random.nextInt();
    }
    return Arrays.copyOf(cell, random.nextInt(2) == 0 ? cell.length : random.nextInt(cell.length));
  }

  @Test
  void whereCodecsAreOffTheFormatIsNamed() {
    JobConfig job =
        job().columns("audio", "clip").codecs(new Codecs(false, 300, 1024, 1L << 36)).build();
    RunManifest manifest = run(job, table(Map.of("a", file("lame.mp3"), "b", file("opus.opus"))));
    assertThat(manifest.counts().reasons()).isEqualTo(Map.of("UNKNOWN_FORMAT", 2L));
    List<String> details =
        SparkFixture.spark()
            .read()
            .parquet(folder.resolve("quarantine").toString())
            .orderBy("id")
            .toJavaRDD()
            .map(r -> r.<String>getAs("detail"))
            .collect();
    assertThat(details.get(0))
        .isEqualTo(
            "Cannot read audio: it is MP3, which is decoded by a library of codecs, and that is off"
                + " (codecs.enabled: false)");
    assertThat(details.get(1))
        .isEqualTo(
            "Cannot read OGG: it holds Opus, which is not read here; a library of codecs would decode it,"
                + " and that is off (codecs.enabled: false)");
  }
}
