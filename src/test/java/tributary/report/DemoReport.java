package tributary.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.model.ModalitySpec;
import tributary.report.LearningReport.EmbeddingMap;
import tributary.report.LearningReport.Point;
import tributary.report.LearningReport.Step;
import tributary.report.LearningReport.Validation;

/** A run that never was, by seed: to look at a page in a browser, {@code main FILE [STEPS]}. */
final class DemoReport {
  static final String HOSTILE = "</script><img src=x onerror=\"alert('1')\"> \u202eevil\u2028";

  private static final String[] MODALITIES = {"audio", "image", "series", "text"};

  private DemoReport() {}

  public static void main(String[] args) throws IOException {
    int steps = args.length > 1 ? Integer.parseInt(args[1]) : 1500;
    ReportPage.write(Path.of(args[0]), of(1, steps));
  }

  static LearningReport of(long seed, int steps) {
    Random random = new Random(seed);
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", "elastic, 1,934,080 parameters, 3f9a6c1e");
    facts.put("objectives", "masked 1.0, fused-contrastive 1.0");
    facts.put("optimiser", "AdamW, 5e-4, warm-up 100 steps, then cosine; clipped at 1");
    facts.put("data", "20,000 records; 2,000 held out; batch 64");
    facts.put("seed", Long.toString(seed));
    facts.put("machine", "2 cores, cpu, float32");
    facts.put("table", HOSTILE);
    return new LearningReport(
        "Pretraining " + HOSTILE,
        facts,
        steps(random, steps),
        validations(random, steps),
        reconstructions(random),
        map(random));
  }

  private static List<Step> steps(Random random, int n) {
    List<Step> steps = new ArrayList<>();
    for (int i = 1; i <= n; i++) {
      double warm = Math.min(1, i / 100.0);
      double rate = 5e-4 * warm * 0.5 * (1 + Math.cos(Math.PI * i / n));
      double norm = (1 + 4 * Math.exp(-i / 100.0)) * Math.exp(0.3 * random.nextGaussian());
      double speed = i % 250 == 0 ? 30 : 85 + 4 * random.nextGaussian();
      SortedMap<String, Double> losses = losses(random, i, 0.06);
      double accuracy = 0.8 - 0.6 * Math.exp(-i / 300.0);
      if (i == 400) {
        losses.put("masked/series", Double.NaN);
      }
      steps.add(
          new Step(
              i,
              i / 312.5,
              rate,
              i == 401 ? Double.POSITIVE_INFINITY : norm,
              speed,
              losses,
              new TreeMap<>(Map.of("accuracy", accuracy + 0.1 * random.nextGaussian()))));
    }
    return steps;
  }

  private static SortedMap<String, Double> losses(Random random, int step, double noise) {
    SortedMap<String, Double> losses = new TreeMap<>();
    for (int m = 0; m < MODALITIES.length; m++) {
      double masked = (0.3 + 0.1 * m) + (0.7 - 0.1 * m) * Math.exp(-step / (120.0 + 60 * m));
      double between = 0.4 * (m + 1) * 0.3 + 3.5 * Math.exp(-step / (200.0 + 80 * m));
      losses.put("masked/" + MODALITIES[m], masked * Math.exp(noise * random.nextGaussian()));
      losses.put(
          "fused-contrastive/" + MODALITIES[m],
          between * Math.exp(2 * noise * random.nextGaussian()));
    }
    return losses;
  }

  private static List<Validation> validations(Random random, int n) {
    List<Validation> validations = new ArrayList<>();
    for (int i = 100; i <= n; i += 100) {
      SortedMap<String, Double> measures = new TreeMap<>();
      double probe = 0.97 - 0.5 * Math.exp(-i / 400.0);
      measures.put("probe accuracy", probe);
      measures.put("probe accuracy/without audio", probe - 0.12);
      measures.put("probe accuracy/without image", probe - 0.05);
      measures.put("accuracy", 0.75 - 0.6 * Math.exp(-i / 300.0));
      measures.put("effective rank", 20 + 30 * (1 - Math.exp(-i / 300.0)));
      validations.add(new Validation(i, losses(random, i - 20, 0.02), measures));
    }
    return validations;
  }

  static boolean[] visible(Random random, int n, double share, int run) {
    boolean[] visible = new boolean[n];
    for (int i = 0; i < n; i++) {
      visible[i] = i % run == 0 ? random.nextDouble() < share : visible[i - 1];
    }
    return visible;
  }

  private static List<Reconstruction> reconstructions(Random random) {
    List<Reconstruction> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      all.add(picture(random, "record-" + i, i));
    }
    all.add(sound(random, "record-0"));
    all.add(raw(random, "record-1"));
    all.add(series(random, "record-0"));
    all.add(
        text(
            random,
            "record-0 " + HOSTILE,
            "A red circle is moving slowly to the left. " + HOSTILE));
    all.add(
        text(
            random,
            "record-3",
            "\u00dcber den Fl\u00fcssen \u2014 \u6c34\u306e\u6d41\u308c, \u0645\u064a\u0627\u0647"
                + " \u0627\u0644\u0646\u0647\u0631 \ud83d\ude80."));
    return all;
  }

  private static Reconstruction picture(Random random, String id, int turn) {
    ModalitySpec.Image spec = new ModalitySpec.Image(48, 6, ModalitySpec.Image.Order.MORTON);
    int[] places = tributary.tokenize.Tokenizer.patches(spec);
    float[] original = new float[places.length * spec.channels()];
    float[] made = new float[original.length];
    for (int t = 0; t < places.length; t++) {
      for (int i = 0; i < 36; i++) {
        double x = places[t] % 8 * 6 + i % 6 - 20 - 6 * turn;
        double y = places[t] / 8 * 6 + i / 6 - 24;
        boolean in = x * x + y * y < 150 + 80 * turn;
        for (int c = 0; c < 3; c++) {
          int at = t * spec.channels() + i * 3 + c;
          original[at] = in ? (c == turn ? 0.8f : -0.6f) : 0.6f - 0.01f * (float) y * c;
          made[at] = (float) (0.8 * original[at] + 0.15 * random.nextGaussian());
        }
      }
    }
    boolean[] visible = visible(random, places.length, 0.35, 1);
    return new Reconstruction.Values("image", id, spec, original, made, visible);
  }

  private static Reconstruction sound(Random random, String id) {
    ModalitySpec.Audio spec =
        new ModalitySpec.Audio(16000, ModalitySpec.Audio.Form.LOG_MEL, 400, 160, 64);
    float[] original = new float[200 * 64];
    float[] made = new float[original.length];
    for (int i = 0; i < original.length; i++) {
      double centre = 20 + 12 * Math.sin(i / 64 / 25.0);
      double off = (i % 64 - centre) / 4;
      original[i] = (float) (-8 + 7 * Math.exp(-off * off) + 0.5 * random.nextGaussian());
      made[i] = (float) (-8 + 5.5 * Math.exp(-off * off / 2));
    }
    return new Reconstruction.Values(
        "audio", id, spec, original, made, visible(random, 200, 0.4, 8));
  }

  private static Reconstruction raw(Random random, String id) {
    ModalitySpec.Audio spec = new ModalitySpec.Audio(8000, ModalitySpec.Audio.Form.RAW, 64, 64, 0);
    float[] original = new float[100 * 64];
    float[] made = new float[original.length];
    for (int i = 0; i < original.length; i++) {
      original[i] =
          (float) (Math.sin(i * 0.2) * Math.exp(-i / 3000.0) + 0.03 * random.nextGaussian());
      made[i] = 0.8f * original[i];
    }
    return new Reconstruction.Values(
        "voice", id, spec, original, made, visible(random, 100, 0.6, 5));
  }

  private static Reconstruction series(Random random, String id) {
    ModalitySpec.Series spec = new ModalitySpec.Series(3, 2, 1, 100);
    float[] original = new float[120 * 7];
    float[] made = new float[original.length];
    for (int i = 0; i < original.length; i++) {
      int t = i / 7;
      original[i] = (float) (Math.sin(t * 0.1 + i % 7) + i % 7 + 0.05 * random.nextGaussian());
      made[i] = (float) (Math.sin(t * 0.1 + i % 7) * 0.9 + i % 7 + 0.1 * random.nextGaussian());
    }
    return new Reconstruction.Values(
        "series", id, spec, original, made, visible(random, 120, 0.5, 4));
  }

  private static Reconstruction text(Random random, String id, String text) {
    byte[] original = text.getBytes(StandardCharsets.UTF_8);
    byte[] made = original.clone();
    for (int i = 0; i < made.length; i++) {
      made[i] = random.nextDouble() < 0.3 ? (byte) ('a' + random.nextInt(26)) : made[i];
    }
    boolean[] visible = visible(random, made.length, 0.6, 2);
    return new Reconstruction.Bytes("text", id, original, made, visible);
  }

  private static EmbeddingMap map(Random random) {
    int n = 800;
    float[] rows = new float[n * 16];
    for (int i = 0; i < rows.length; i++) {
      int kind = i / 16 % 10;
      rows[i] = (float) (3 * Math.cos(kind * (i % 16 + 1) * 0.7) + random.nextGaussian());
    }
    Projection2d plane = Projection2d.of(rows, 16);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      String label = i % 10 == 9 ? HOSTILE : "kind " + i % 10;
      points.add(
          new Point(
              plane.x()[i], plane.y()[i], label, "record-" + i + (i % 50 == 0 ? HOSTILE : "")));
    }
    return new EmbeddingMap("label", plane.kept(), points);
  }
}
