package tributary.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Invalid;
import tributary.report.LearningReport.Step;
import tributary.report.LearningReport.Validation;

/**
 * The history of a run, {@code history.jsonl} beside its checkpoints: a line of JSON per step and
 * per validation, written as it happens. On the driver, one thread.
 *
 * <pre>
 * {"step":7,"epoch":0.1,"learningRate":5.0E-4,"gradientNorm":1.5,"recordsPerSecond":80.0,"losses":{"masked/image":0.9},"measures":{}}
 * {"step":7,"losses":{"masked/image":0.8},"measures":{"probe accuracy":0.4}}
 * </pre>
 *
 * <p>A line that does not end is that of a process that was killed, and counts as never written; a
 * line that ends and can't be read is an {@link IllegalStateException} with its number. NaN and
 * infinities are the strings "NaN", "Infinity" and "-Infinity", so every value comes back as it
 * was.
 */
public final class History implements Closeable {
  /** The file's name beside the checkpoints. */
  public static final String FILE = "history.jsonl";

  private static final ObjectMapper JSON = JsonMapper.builder().build();

  /** What a file holds, steps ascending. */
  public record Recorded(List<Step> steps, List<Validation> validations) {
    public Recorded {
      steps = List.copyOf(steps);
      validations = List.copyOf(validations);
    }
  }

  private final FileChannel channel;
  private long step;
  private long validated;

  private History(FileChannel channel, long step, long validated) {
    this.channel = channel;
    this.step = step;
    this.validated = validated;
  }

  /**
   * Opens a history to go on after a step: lines of later steps, and one that does not end, are cut
   * off. Makes the file where it is not there.
   *
   * @param after the step of the checkpoint that the run resumes from; 0 for a new run
   */
  public static History open(Path file, long after) throws IOException {
    if (after < 0) {
      throw Invalid.argument("after", after, "a step, or 0");
    }
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      Read read = new Read(file, after);
      channel.truncate(read.bytes);
      channel.position(read.bytes);
      return new History(channel, last(read.steps), lastValidated(read.validations));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** All that a file holds; nothing where there is none. */
  public static Recorded read(Path file) throws IOException {
    if (Files.notExists(file)) {
      return new Recorded(List.of(), List.of());
    }
    Read read = new Read(file, Long.MAX_VALUE);
    return new Recorded(read.steps, read.validations);
  }

  /** Appends a step, which must be later than all that was appended before it. */
  public void append(Step of) throws IOException {
    later(of.step(), Math.max(step, validated));
    ObjectNode line = JSON.createObjectNode().put("step", of.step());
    put(line, "epoch", of.epoch());
    put(line, "learningRate", of.learningRate());
    put(line, "gradientNorm", of.gradientNorm());
    put(line, "recordsPerSecond", of.recordsPerSecond());
    put(line.putObject("losses"), of.losses());
    put(line.putObject("measures"), of.measures());
    write(line);
    step = of.step();
  }

  /** Appends a validation after the last step, or after none; one per step. */
  public void append(Validation of) throws IOException {
    later(of.step(), Math.max(step - 1, validated));
    ObjectNode line = JSON.createObjectNode().put("step", of.step());
    put(line.putObject("losses"), of.losses());
    put(line.putObject("measures"), of.measures());
    write(line);
    validated = of.step();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static void later(long step, long last) {
    if (step <= last) {
      throw Invalid.argument("step", step, "later than " + last);
    }
  }

  /** The line with its end in one write; on a full disk what came of it is taken back. */
  private void write(ObjectNode line) throws IOException {
    long start = channel.position();
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      channel.truncate(start);
      throw e;
    }
  }

  private static long last(List<Step> steps) {
    return steps.isEmpty() ? 0 : steps.get(steps.size() - 1).step();
  }

  private static long lastValidated(List<Validation> validations) {
    return validations.isEmpty() ? -1 : validations.get(validations.size() - 1).step();
  }

  /** A double as JSON has it, and those that it does not have as strings. */
  static void put(ObjectNode to, String name, double value) {
    if (Double.isFinite(value)) {
      to.put(name, value);
    } else {
      to.put(name, Double.toString(value));
    }
  }

  private static void put(ObjectNode to, SortedMap<String, Double> values) {
    values.forEach((name, value) -> put(to, name, value));
  }

  /** A file's lines up to a step, and how many bytes they are. */
  private static final class Read {
    private final List<Step> steps = new ArrayList<>();
    private final List<Validation> validations = new ArrayList<>();
    private final Path file;
    private long bytes;
    private int line;

    Read(Path file, long last) throws IOException {
      this.file = file;
      byte[] all = Files.readAllBytes(file);
      int from = 0;
      for (int at = 0; at < all.length; at++) {
        if (all[at] == '\n') {
          line++;
          JsonNode read = parsed(new String(all, from, at - from, StandardCharsets.UTF_8));
          if (read.path("step").asLong() > last) {
            return;
          }
          take(read);
          from = at + 1;
          bytes = from;
        }
      }
    }

    private JsonNode parsed(String text) {
      try {
        JsonNode read = JSON.readTree(text);
        if (!read.path("step").isIntegralNumber() || !read.path("losses").isObject()) {
          throw refused("a step and its losses expected");
        }
        if (!read.has("learningRate") && !read.has("measures")) {
          throw refused("a learning rate, or measures expected");
        }
        return read;
      } catch (JsonProcessingException e) {
        throw refused(e.getOriginalMessage());
      }
    }

    private void take(JsonNode read) {
      long step = read.path("step").asLong();
      SortedMap<String, Double> losses = values(read.path("losses"));
      if (!read.has("learningRate")) {
        ascending(step, Math.max(last(steps) - 1, lastValidated(validations)));
        validations.add(new Validation(step, losses, values(read.path("measures"))));
        return;
      }
      ascending(step, Math.max(last(steps), lastValidated(validations)));
      steps.add(
          new Step(
              step,
              value(read.path("epoch")),
              value(read.path("learningRate")),
              value(read.path("gradientNorm")),
              value(read.path("recordsPerSecond")),
              losses,
              values(read.path("measures"))));
    }

    private void ascending(long step, long last) {
      if (step <= last) {
        throw refused("step " + step + " after " + last);
      }
    }

    private SortedMap<String, Double> values(JsonNode of) {
      SortedMap<String, Double> values = new TreeMap<>();
      of.properties().forEach(e -> values.put(e.getKey(), value(e.getValue())));
      return values;
    }

    private double value(JsonNode of) {
      if (of.isNumber()) {
        return of.doubleValue();
      }
      return switch (of.asText()) {
        case "NaN" -> Double.NaN;
        case "Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default -> throw refused("a number expected, found " + of);
      };
    }

    private IllegalStateException refused(String reason) {
      return new IllegalStateException(
          "Cannot read " + file.getFileName() + ": line " + line + ": " + reason);
    }
  }
}
