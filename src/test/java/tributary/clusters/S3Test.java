package tributary.clusters;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.clusters.Runs.Ran;

/** s3a:// by the launcher's --with, against S3Proxy with objects in its memory. */
@Tag("clusters")
class S3Test {
  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private Service server;
  private String address;

  @BeforeEach
  void start() throws Exception {
    address = "http://127.0.0.1:" + Service.port();
    Path settings =
        Files.write(
            folder.resolve("s3proxy.conf"),
            List.of(
                "s3proxy.endpoint=" + address,
                "s3proxy.authorization=none",
                "jclouds.provider=transient",
                "jclouds.identity=none",
                "jclouds.credential=none"));
    server =
        Service.start(
            folder.resolve("s3proxy.log"),
            Runs.jars("s3"),
            Map.of(),
            "-Xmx256m",
            "org.gaul.s3proxy.Main",
            "--properties",
            settings.toString());
    server.await("STARTED");
    put("bucket", Files.createFile(folder.resolve("empty")));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void modelAndTablesAreOnS3() throws Exception {
    for (String name : List.of("config.json", "model.safetensors")) {
      put("bucket/model/" + name, Path.of("conf/models/elastic-small", name));
    }
    Runs runs =
        new Runs(folder)
            .with(
                "--master=local[2]",
                "--with=s3a",
                "--conf=spark.hadoop.fs.s3a.endpoint=" + address,
                "--conf=spark.hadoop.fs.s3a.endpoint.region=us-east-1",
                "--conf=spark.hadoop.fs.s3a.path.style.access=true",
                "--conf=spark.hadoop.fs.s3a.access.key=key",
                "--conf=spark.hadoop.fs.s3a.secret.key=secret");
    String model = "model.path=s3a://bucket/model";
    Ran ran = runs.fuse("s3a://bucket/out", "--set", model);
    assertThat(ran.code()).as(ran.text()).isZero();
    Path copy = Files.createDirectories(folder.resolve("copy"));
    String listed = get("bucket?prefix=out/", BodyHandlers.ofString());
    for (String key : keys(listed)) {
      get("bucket/" + key, BodyHandlers.ofFile(copy.resolve(Path.of(key).getFileName())));
    }
    assertThat(Runs.embeddings(copy)).isEqualTo(Runs.expected());
    Ran again = runs.fuse("s3a://bucket/out", "--set", model);
    assertThat(again.code()).as(again.text()).isEqualTo(2);
    assertThat(again.text()).contains("Invalid output.path: s3a://bucket/out (exists already");
  }

  private static List<String> keys(String listed) {
    List<String> keys = new ArrayList<>();
    Pattern.compile("<Key>([^<]*\\.parquet)</Key>")
        .matcher(listed)
        .results()
        .forEach(m -> keys.add(m.group(1)));
    return keys;
  }

  private void put(String name, Path file) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + "/" + name))
            .PUT(BodyPublishers.ofFile(file))
            .build();
    assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  private <T> T get(String name, HttpResponse.BodyHandler<T> handler)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/" + name)).build();
    HttpResponse<T> response = http.send(request, handler);
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }
}
