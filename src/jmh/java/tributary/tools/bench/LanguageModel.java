package tributary.tools.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.model.Safetensors;
import tributary.model.Weight;
import tributary.model.WeightTable;
import tributary.models.Models;
import tributary.models.perceiverio.PerceiverIoEncoder;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.tokenize.TokenBlock;
import tributary.tools.huggingface.Checkpoint;

/**
 * The language model of Perceiver IO at its published size, 201,108,230 parameters, random by seed:
 * written as a checkpoint under Hugging Face's names, imported, and run over 64 records of as many
 * tokens as it has positions. Prints what each step takes; not a test.
 *
 * <p>Arguments: a folder that is made, tasks at once (2), records (64).
 */
public final class LanguageModel {
  private static final int LATENTS = 256;
  private static final int CHANNELS = 1280;
  private static final int MODEL = 768;
  private static final int QK = 256;
  private static final int POSITIONS = 2048;
  private static final int VOCABULARY = 262;
  private static final int LAYERS = 26;

  private final Map<String, Weight> tensors = new LinkedHashMap<>();
  private final SplittableRandom random = new SplittableRandom(1);

  private LanguageModel() {}

  /** Runs all steps. */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    int tasks = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    int records = args.length > 2 ? Integer.parseInt(args[2]) : 64;
    long start = System.nanoTime();
    Path checkpoint = folder.resolve("checkpoint");
    if (!Files.exists(checkpoint)) {
      write(Files.createDirectories(checkpoint));
    }
    start = tell("write checkpoint", start);
    if (!Files.exists(folder.resolve("model"))) {
      Checkpoint read = Checkpoint.read(checkpoint, false);
      ModelFiles.save(read.model(), folder.resolve("model"));
      start = tell("import", start);
    }
    Model model = Models.load(folder.resolve("model"));
    start = tell("load", start);
    System.out.printf("parameters %,d%n", WeightTable.of(model.config()).parameters());
    try (Backend backend = Backends.open(Kernels.of("cpu"));
        PerceiverIoEncoder encoder = new PerceiverIoEncoder(model, backend)) {
      start = tell("upload", start);
      System.out.println(backend.describe());
      run(encoder, tasks, records, backend);
    }
    memory();
  }

  private static void run(PerceiverIoEncoder encoder, int tasks, int records, Backend backend)
      throws InterruptedException, ExecutionException {
    List<Subsequence> all = new ArrayList<>();
    Random random = new Random(2);
    for (int i = 0; i < records; i++) {
      byte[] text = new byte[POSITIONS - 2];
      for (int k = 0; k < text.length; k++) {
        text[k] = (byte) (32 + random.nextInt(95));
      }
      all.add(new Subsequence("text", 0, List.of(new TokenBlock.Ids(text))));
    }
    encoder.encode(all.subList(0, 1)); // what is done once is not timed
    long start = System.nanoTime();
    long cpu = cpu();
    ExecutorService pool = Executors.newFixedThreadPool(tasks);
    List<Future<Integer>> parts = new ArrayList<>();
    for (int t = 0; t < tasks; t++) {
      List<Subsequence> own = all.subList(records * t / tasks, records * (t + 1) / tasks);
      parts.add(pool.submit(() -> encoder.encode(own).size()));
    }
    int done = 0;
    for (Future<Integer> part : parts) {
      done += part.get();
    }
    pool.shutdown();
    double seconds = (System.nanoTime() - start) / 1e9;
    double busy = (cpu() - cpu) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%d records of %d bytes, %d tasks: %.1f s (%.1f s of processor), %.2f records/s, %.0f bytes/s, native peak %.0f"
            + " MiB%n",
        done,
        POSITIONS - 2,
        tasks,
        seconds,
        busy,
        done / seconds,
        done * (POSITIONS - 2) / seconds,
        backend.nativeUse().peak() / 1048576.0);
  }

  /** Processor time of this process, all threads. */
  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long tell(String step, long start) {
    long now = System.nanoTime();
    System.out.printf(Locale.ROOT, "%-16s %6.1f s%n", step, (now - start) / 1e9);
    return now;
  }

  private static void memory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM") || line.startsWith("VmRSS")) {
        System.out.println(line);
      }
    }
  }

  private static void write(Path folder) throws IOException {
    LanguageModel made = new LanguageModel();
    made.tensors();
    Safetensors.write(folder.resolve("model.safetensors"), made.tensors, Map.of("format", "pt"));
    Files.writeString(
        folder.resolve("config.json"),
        "{\"architectures\": [\"PerceiverForMaskedLM\"], \"model_type\": \"perceiver\","
            + " \"num_latents\": 256, \"d_latents\": 1280, \"d_model\": 768, \"num_blocks\": 1,"
            + " \"num_self_attends_per_block\": 26, \"num_self_attention_heads\": 8,"
            + " \"num_cross_attention_heads\": 8, \"qk_channels\": 256, \"v_channels\": 1280,"
            + " \"vocab_size\": 262, \"max_position_embeddings\": 2048, \"hidden_act\": \"gelu\"}");
  }

  private void tensors() {
    add("perceiver.input_preprocessor.embeddings.weight", VOCABULARY, MODEL);
    add("perceiver.input_preprocessor.position_embeddings.weight", POSITIONS, MODEL);
    add("perceiver.embeddings.latents", LATENTS, CHANNELS);
    layer("perceiver.encoder.cross_attention", CHANNELS, MODEL, CHANNELS, true);
    for (int i = 0; i < LAYERS; i++) {
      layer("perceiver.encoder.self_attends." + i, CHANNELS, CHANNELS, CHANNELS, false);
    }
    add("perceiver.decoder.output_position_encodings.position_embeddings", POSITIONS, MODEL);
    layer("perceiver.decoder.decoding_cross_attention", MODEL, CHANNELS, MODEL, true);
    add("embedding_decoder.bias", VOCABULARY);
  }

  private void layer(String name, int queries, int inputs, int v, boolean cross) {
    norm(name + ".attention.self.layernorm1", queries);
    if (cross) {
      norm(name + ".attention.self.layernorm2", inputs);
    }
    linear(name + ".attention.self.query", queries, QK);
    linear(name + ".attention.self.key", inputs, QK);
    linear(name + ".attention.self.value", inputs, v);
    linear(name + ".attention.output.dense", v, queries);
    norm(name + ".layernorm", queries);
    linear(name + ".mlp.dense1", queries, queries);
    linear(name + ".mlp.dense2", queries, queries);
  }

  private void norm(String name, int n) {
    add(name + ".bias", n);
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    tensors.put(name + ".weight", new Weight(new long[] {n}, ones));
  }

  private void linear(String name, int inputs, int outputs) {
    add(name + ".weight", outputs, inputs);
    add(name + ".bias", outputs);
  }

  /** Uniform, with the deviation 0.02 that Hugging Face starts with. */
  private void add(String name, int... shape) {
    long[] sizes = new long[shape.length];
    int n = 1;
    for (int i = 0; i < shape.length; i++) {
      sizes[i] = shape[i];
      n *= shape[i];
    }
    float[] x = new float[n];
    double width = 0.02 * Math.sqrt(12);
    for (int i = 0; i < n; i++) {
      x[i] = (float) ((random.nextDouble() - 0.5) * width);
    }
    tensors.put(name, new Weight(sizes, x));
  }
}
