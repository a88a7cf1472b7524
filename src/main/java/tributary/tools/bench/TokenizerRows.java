package tributary.tools.bench;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import tributary.model.ModalitySpec;
import tributary.model.ModalitySpec.Image.Order;
import tributary.models.ModelConfigs;
import tributary.read.AudioReader;
import tributary.read.ImageReader;
import tributary.read.Payload;
import tributary.read.Signal;
import tributary.read.TextReader;
import tributary.synthetic.SyntheticRecord;
import tributary.synthetic.SyntheticRecords;
import tributary.tokenize.TokenBlock;
import tributary.tokenize.Tokenizer;
import tributary.tokenize.Tokens;
import tributary.tools.bench.Timing.Clock;
import tributary.tools.bench.Timing.Spread;

/**
 * Reading and tokenizing, kind by kind, as the default model has them: processor time of one
 * thread. The targets are what plain Python takes on the machine of docs/benchmarks.md (Pillow,
 * NumPy, PyTorch's FFT and interpolation), the aims two thirds of it.
 */
final class TokenizerRows {
  static final List<String> KINDS = List.of("text", "PNG", "JPEG", "WAV", "series", "points");

  /** Microseconds per record; a column of text is decoded at once, which checks its UTF-8. */
  private static final double[] PYTHON = {0.1, 820, 880, 540, 89, 310};

  private static final int POINTS = 2000;

  private static final double WARM_SECONDS = 1;
  private static final double ROUND_SECONDS = 0.02;

  /** What a clock can tell from nothing. */
  private static final double SHORTEST = 1e-6;

  private final int records;
  private final int rounds;

  TokenizerRows(int records, int rounds) {
    this.records = records;
    this.rounds = rounds;
  }

  /** One kind's row, with the tokenizer that the model has. */
  Figure figure(String kind) throws Exception {
    return figure(kind, Tokenizer.of(spec(kind)));
  }

  /**
   * One kind's row.
   *
   * @throws IllegalStateException where the tokens are not what their definition says
   */
  Figure figure(String kind, Tokenizer tokenizer) throws Exception {
    List<Payload> payloads = payloads(kind);
    TokenChecks checks = new TokenChecks(spec(kind));
    long tokens = 0;
    for (Payload payload : payloads) {
      tokens += checks.check(kind, payload, tokenizer.tokens(payload.signal()));
    }
    int passes = passes(payloads, tokenizer);
    Timing t =
        Timing.interleaved(
            Clock.THREAD,
            1,
            rounds,
            () -> {
              for (int i = 0; i < passes; i++) {
                pull(payloads, tokenizer);
              }
            });
    double[] micros = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      micros[i] = 1e6 * t.seconds()[0][i] / passes / payloads.size();
    }
    double python = PYTHON[KINDS.indexOf(kind)];
    return Figure.atMost(
        "tokenizers",
        kind + ": microseconds of one thread per record",
        Spread.of(micros),
        python,
        python / 1.5,
        String.format(
            Locale.ROOT,
            "%d records, %d tokens, %,.0f tokens/s; target: plain Python's time on a Zen 4 server",
            payloads.size(),
            tokens,
            passes * tokens / t.median(0)));
  }

  /** Runs until it is compiled, and tells how many passes over the records make a round. */
  private static int passes(List<Payload> payloads, Tokenizer tokenizer) throws Exception {
    double left = WARM_SECONDS;
    double last = 0;
    while (left > 0) {
      last = Timing.interleaved(Clock.THREAD, 0, 1, () -> pull(payloads, tokenizer)).median(0);
      left -= Math.max(last, SHORTEST);
    }
    return (int) Math.ceil(ROUND_SECONDS / Math.max(last, SHORTEST));
  }

  private static void pull(List<Payload> payloads, Tokenizer tokenizer) {
    for (Payload payload : payloads) {
      Tokens tokens = tokenizer.tokens(payload.signal());
      TokenBlock block = tokens.next();
      while (block != null) {
        block = tokens.next();
      }
    }
  }

  /** What the default model asks for; points are in no preset but elastic-all. */
  static ModalitySpec spec(String kind) {
    String name =
        switch (kind) {
          case "text", "series" -> kind;
          case "WAV" -> "audio";
          default -> "image";
        };
    return kind.equals("points")
        ? new ModalitySpec.Points(3, Order.MORTON)
        : ModelConfigs.read(ElasticRows.CONFIG).modality(name);
  }

  private List<Payload> payloads(String kind) throws IOException {
    Random random = new Random(1);
    SyntheticRecords made = new SyntheticRecords(5, records, 2000, 0.2, 0);
    List<Payload> payloads = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      Payload payload = payload(kind, made.record(i), random);
      if (payload != null) {
        payloads.add(payload);
      }
    }
    return payloads;
  }

  private static @Nullable Payload payload(String kind, SyntheticRecord record, Random random)
      throws IOException {
    return switch (kind) {
      case "text" -> bytes(record.caption(), TextReader::read);
      case "PNG" -> bytes(record.picture(), ImageReader::read);
      case "JPEG" ->
          bytes(record.picture() == null ? null : jpeg(record.picture()), ImageReader::read);
      case "WAV" -> bytes(record.sound(), AudioReader::read);
      case "series" ->
          record.times() == null || record.values() == null
              ? null
              : new Payload.Series(record.times(), 3, record.values());
      default -> new Payload.Points(3, points(random));
    };
  }

  /** Read anew each time: the decoders of a column keep the last picture. */
  private static @Nullable Payload bytes(
      byte @Nullable [] content, Function<byte[], Signal> decoder) {
    return content == null ? null : new Payload.Bytes(decoder::apply, content);
  }

  private static byte[] jpeg(byte[] png) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(image, "jpg", out)) {
      throw new IOException("Cannot write JPEG: no writer is registered");
    }
    return out.toByteArray();
  }

  private static double[] points(Random random) {
    double[] points = new double[3 * POINTS];
    for (int i = 0; i < points.length; i++) {
      points[i] = (float) random.nextGaussian();
    }
    return points;
  }
}
