package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static tributary.config.TestJob.LEAST;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems.Refused;

/**
 * What is no job is refused, all of it at once, in words that name the key, the value, the rule.
 */
final class JobConfigsRefusedTest {
  @TempDir Path folder;

  private List<String> problems(
      String yaml, Map<String, String> env, Map<String, String> spark, String... sets)
      throws IOException {
    Path file = Files.writeString(folder.resolve("job.yaml"), yaml);
    return catchThrowableOfType(
            Refused.class, () -> JobConfigs.load(file, env, spark, List.of(sets)))
        .problems();
  }

  private List<String> problems(String yaml) throws IOException {
    return problems(yaml, Map.of(), Map.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "input.format=|Invalid input.format: missing (required: parquet, json, csv or any that Spark reads)",
        "id=|Invalid id: missing (the column with the record's id)",
        "part=id|Invalid part: id (another column than id)",
        "modalities.text=|Invalid modalities.text: missing (required: the column of this modality)",
        "modalities.Text=x|Invalid modalities.Text: x (a name of a-z, 0-9, _ and -)",
        "modalities.text.from=url|Invalid modalities.text.from: url (one of value, path)",
        "modalities.text.base=x|Invalid modalities.text.base: x (only with from: path)",
        "modalities.text.max-tokens=-1|Invalid modalities.text.max-tokens: -1 (a whole number >= 0)",
        "modalities.text.colum=x|Invalid modalities.text.colum: x (unknown key, did you mean modalities.text.column?)",
        "keep=a,a|Invalid keep: a,a (no blank entry, none twice)",
        "keep=a,|Invalid keep: a, (no blank entry, none twice)",
        "output.path=|Invalid output.path: missing (required: where the table goes)",
        "output.format=|Invalid output.format: missing (parquet, json, csv or any that Spark writes)",
        "output.mode=never|Invalid output.mode: never (one of error, overwrite, append, merge)",
        "output.deletes=drop|Invalid output.deletes: drop (one of keep, remove)",
        "quarantine.mode=merge|Invalid quarantine.mode: merge (one of error, overwrite, append)",
        "run.checkpoint=out/c|Invalid run.checkpoint: out/c (a place apart from output.path, out)",
        "quarantine.mode=never|Invalid quarantine.mode: never (one of error, overwrite, append)",
        "quarantine.path=out|Invalid quarantine.path: out (a place apart from output.path, out)",
        "quarantine.path=out/bad|Invalid quarantine.path: out/bad (a place apart from output.path, out)",
        "manifest=./out/m.json|Invalid manifest: ./out/m.json (a place apart from output.path, out)",
        "manifest=out.quarantine|Invalid manifest: out.quarantine (a place apart from quarantine.path, out.quarantine)",
        "output.path=in/|Invalid output.path: in/ (a place apart from input.path, in)",
        "quarantine.path=in|Invalid quarantine.path: in (a place apart from input.path, in)",
        "output.path=in/out|Invalid output.path: in/out (a place apart from input.path, in)",
        "manifest=in/m.json|Invalid manifest: in/m.json (a place apart from input.path, in)",
        "manifest=./in//m.json|Invalid manifest: ./in//m.json (a place apart from input.path, in)",
        "input.path=o?t|Invalid output.path: out (a place apart from input.path, o?t)",
        "input.path=*|Invalid output.path: out (a place apart from input.path, *)",
        "input.path=.|Invalid output.path: out (a place apart from input.path, .)",
        "keep=[norm]|Invalid keep: [norm] (entries apart by commas, without brackets, such as a,b)",
        "keep=[a, b]|Invalid keep: [a, b] (entries apart by commas, without brackets, such as a,b)",
        "errors.max-fraction=1.1|Invalid errors.max-fraction: 1.1 (a number in [0, 1])",
        "errors.max-fraction=-0.1|Invalid errors.max-fraction: -0.1 (a number in [0, 1])",
        "errors.max-fraction=NaN|Invalid errors.max-fraction: NaN (a number in [0, 1])",
        "errors.max-fraction=few|Invalid errors.max-fraction: few (a number in [0, 1])",
        "errors.max-fractoin=0.1|Invalid errors.max-fractoin: 0.1 (unknown key, did you mean errors.max-fraction?)",
        "errors=0.1|Invalid errors: 0.1 (a mapping: give the keys below it, one by one)",
        "input.options=x|Invalid input.options: x (a mapping: give the keys below it, one by one)",
        "errors.duplicates=drop|Invalid errors.duplicates: drop (one of quarantine, fail)",
        "precision=half|Invalid precision: half (one of float32, bfloat16)",
        "kernels=tpu|Invalid kernels: tpu (one of auto, cpu, cuda, java)",
        "run.partitions=-1|Invalid run.partitions: -1 (a whole number of 0 to 2147483647)",
        "run.partitions=3000000000|Invalid run.partitions: 3000000000 (a whole number of 0 to 2147483647)",
        "run.partitions=1.5|Invalid run.partitions: 1.5 (a whole number of 0 to 2147483647)",
        "run.batch-bytes=0|Invalid run.batch-bytes: 0 (a whole number >= 1)",
        "run.spread-tokens=0|Invalid run.spread-tokens: 0 (a whole number >= 1)",
        "run.threads=-1|Invalid run.threads: -1 (a whole number of 0 to 2147483647)",
        "model.seed=x|Invalid model.seed: x (a whole number)",
        "model.init=no.yaml|Invalid model.init: no.yaml (no such file here, beside the job file, in TRIBUTARY_HOME or in the jar)",
        "kernels|Invalid --set: kernels (key=value)",
        "=x|Invalid --set: =x (key=value)",
        "kernel=cpu|Invalid kernel: cpu (unknown key, did you mean kernels?)",
      })
  void oneSetOneMessage(String set, String message) throws IOException {
    assertThat(problems(LEAST, Map.of(), Map.of(), set)).containsExactly(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ouput: {path: o}|Invalid ouput: {\"path\":\"o\"} (unknown key, did you mean output?)",
        "errors: 0.1|Invalid errors: 0.1 (a mapping of keys)",
        "errors: {max_fraction: 0.1}|Invalid errors.max_fraction: 0.1 (unknown key, did you mean errors.max-fraction?)",
        "id: [a]|Invalid id: [\"a\"] (one value)",
        "run: {threads: {}}|Invalid run.threads: {} (one value)",
        "keep: a|Invalid keep: a (a list, such as [a, b])",
        "keep: [[a]]|Invalid keep: [[\"a\"]] (a list of texts)",
        "quarantine: {options: {a: [1]}}|Invalid quarantine.options.a: [\"1\"] (one value)",
        "quarantine: {options: [a]}|Invalid quarantine.options: [\"a\"] (a mapping of keys)",
        "modalities.image: [a]|Invalid modalities.image: [\"a\"] (a column, or a mapping with column)",
        "modalities.image:|Invalid modalities.image: null (a column, or a mapping with column)",
        "modalities.image: {}|Invalid modalities.image: {} (a column, or a mapping with column)",
        "modalities.image: {from: path}|Invalid modalities.image.column: missing (required: the column of this modality)",
        "modalities.text: {column: b}|Invalid modalities.text.column: b (given twice)",
        "model: {path: m, init: conf/models/elastic.yaml}|Invalid model.path: m (not both model.path and model.init)",
        "model: {path: m, seed: 2}|Invalid model.seed: 2 (only with model.init; model.path has its weights)",
      })
  void oneLineOneMessage(String line, String message) throws IOException {
    assertThat(problems(LEAST + line + "\n")).containsExactly(message);
  }

  @Test
  void anEmptyFileLacksWhatIsRequired() throws IOException {
    List<String> lacking =
        List.of(
            "Invalid input.format: missing (required: parquet, json, csv or any that Spark reads)",
            "Invalid modalities: missing (required: at least one, such as text: caption)",
            "Invalid output.path: missing (required: where the table goes)");
    assertThat(problems("")).isEqualTo(lacking);
    assertThat(problems("# nothing\n")).isEqualTo(lacking);
    assertThat(problems("modalities: {}\n")).isEqualTo(lacking);
  }

  @Test
  void aFileIsAMapping() throws IOException {
    assertThat(problems("[a]\n")).contains("Invalid configuration: [\"a\"] (a mapping of keys)");
  }

  @Test
  void allIsReportedAtOnceWhereverItComesFrom() throws IOException {
    assertThat(
            problems(
                LEAST + "kernels: tpu\nruns: 1\n",
                Map.of("TRIBUTARY_RUN_THREADS", "many", "TRIBUTARY_RUN_TREADS", "1"),
                Map.of("spark.tributary.errors.max-fraction", "2", "spark.tributary.x", "y"),
                "run.partitions=-1"))
        .containsExactlyInAnyOrder(
            "Invalid kernels: tpu (one of auto, cpu, cuda, java)",
            "Invalid runs: 1 (unknown key, did you mean run?)",
            "Invalid TRIBUTARY_RUN_THREADS: many (a whole number of 0 to 2147483647)",
            "Invalid TRIBUTARY_RUN_TREADS: 1 (unknown key, did you mean TRIBUTARY_RUN_THREADS?)",
            "Invalid spark.tributary.errors.max-fraction: 2 (a number in [0, 1])",
            "Invalid spark.tributary.x: y (unknown key, did you mean id?)",
            "Invalid run.partitions: -1 (a whole number of 0 to 2147483647)");
  }

  @Test
  void anAmbiguousVariableIsRefused() throws IOException {
    assertThat(
            problems(
                LEAST + "modalities.a-b: x\nmodalities.a_b: y\n",
                Map.of("TRIBUTARY_MODALITIES_A_B_FROM", "path"),
                Map.of()))
        .containsExactly(
            "Invalid TRIBUTARY_MODALITIES_A_B_FROM: path (ambiguous: modalities.a-b.from or"
                + " modalities.a_b.from; use --set)");
  }

  @Test
  void whatIsNoYamlIsRefusedWithItsLine() throws IOException {
    Path file = folder.resolve("job.yaml");
    String cannot = "Cannot read " + file + ": line ";
    assertThat(problems("id: a\nid: b\n")).containsExactly(cannot + "2: Duplicate field 'id'");
    assertThat(problems("id: &a x\npart: *a\n"))
        .containsExactly(cannot + "2: an alias (write the value out)");
    assertThat(problems("id: a\n---\nid: b\n")).containsExactly(cannot + "3: a second document");
    assertThat(problems("id: [a\n").get(0)).startsWith(cannot);
  }

  @Test
  void whatCannotBeReadIsRefused() throws IOException {
    Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'i', 'd', ':', (byte) 0xe9});
    Path none = folder.resolve("none.yaml");
    assertRefused(latin, "Cannot read " + latin + ": not UTF-8");
    assertRefused(none, "Cannot read " + none + ": no such file");
    assertRefused(folder, "Cannot read " + folder + ": a folder");
  }

  private static void assertRefused(Path file, String message) {
    Refused refused =
        catchThrowableOfType(
            Refused.class, () -> JobConfigs.load(file, Map.of(), Map.of(), List.of()));
    assertThat(refused).hasMessage(message);
  }
}
