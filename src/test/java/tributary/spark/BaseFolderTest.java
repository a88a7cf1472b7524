package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where relative paths start. */
class BaseFolderTest {
  @TempDir Path folder;

  private String ofFiles(String input) throws IOException {
    return BaseFolder.ofFiles(folder.resolve(input).toString(), new Configuration());
  }

  private String expected(String name) {
    return "file:" + (name.isEmpty() ? folder : folder.resolve(name));
  }

  @Test
  void theInputsOwnFolder() throws IOException {
    Files.createDirectories(folder.resolve("d/one"));
    Files.createDirectories(folder.resolve("d/two"));
    for (String file :
        new String[] {"d/a.parquet", "d/b.parquet", "d/one/c.json", "d/two/c.json"}) {
      Files.createFile(folder.resolve(file));
    }
    assertThat(ofFiles("d")).isEqualTo(expected("d"));
    assertThat(ofFiles("d/a.parquet")).isEqualTo(expected("d"));
    assertThat(ofFiles("d/*.parquet")).isEqualTo(expected("d"));
    assertThat(ofFiles("d/{a,b}.parquet")).isEqualTo(expected("d"));
    assertThat(ofFiles("?/a.parquet")).isEqualTo(expected("d"));
    assertThat(ofFiles("d/o*")).isEqualTo(expected("d/one"));
    assertThat(ofFiles("d/*/c.json")).as("of several folders").isEqualTo(expected("d"));
    assertThat(ofFiles("nowhere/*.json")).isEqualTo(expected("nowhere"));
    assertThat(BaseFolder.named(folder.toString(), new Configuration())).isEqualTo(expected(""));
    assertThat(BaseFolder.named("x/*", new Configuration())).endsWith("/x/*").startsWith("file:/");
  }
}
