package tributary.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One ONNX graph being built, opset 20 (ONNX IR 9). Operations return the name of their result.
 * Field numbers are those of onnx.proto3.
 */
public final class OnnxGraph {
  private static final long OPSET = 20;
  private static final long IR = 9;
  private static final int FLOAT = 1;
  private static final int INT64 = 7;
  private static final int BOOL = 9;
  private static final int DOUBLE = 11;

  /** What an input or an axis may be: a fixed length, or a name where the caller says it. */
  public record Axis(long length, String name) {
    public static Axis of(long length) {
      return new Axis(length, "");
    }

    public static Axis of(String name) {
      return new Axis(-1, name);
    }
  }

  private final String name;
  private final Message graph = new Message();
  private final Map<String, String> constants = new LinkedHashMap<>();
  private final List<String> inputs = new ArrayList<>();
  private final List<String> outputs = new ArrayList<>();
  private int results;

  public OnnxGraph(String name) {
    this.name = name;
    graph.text(2, name);
  }

  /** Its name, and its file's without the ending. */
  public String name() {
    return name;
  }

  /** Its inputs in words, such as `tokens` float32 [batch, n, 64]. */
  public List<String> inputs() {
    return Collections.unmodifiableList(inputs);
  }

  /** Its outputs in words. */
  public List<String> outputs() {
    return Collections.unmodifiableList(outputs);
  }

  private static String words(String port, String type, Axis... shape) {
    return Arrays.stream(shape)
        .map(a -> a.length() < 0 ? a.name() : String.valueOf(a.length()))
        .collect(Collectors.joining(", ", "`" + port + "` " + type + " [", "]"));
  }

  /** An input of float32. */
  public String values(String input, Axis... shape) {
    graph.message(11, info(input, FLOAT, shape));
    inputs.add(words(input, "float32", shape));
    return input;
  }

  /** An input of whole numbers, 64 bits. */
  public String ids(String input, Axis... shape) {
    graph.message(11, info(input, INT64, shape));
    inputs.add(words(input, "int64", shape));
    return input;
  }

  /** An input of truth values, such as a mask. */
  public String flags(String input, Axis... shape) {
    graph.message(11, info(input, BOOL, shape));
    inputs.add(words(input, "bool", shape));
    return input;
  }

  /** Makes a result of float32 an output under this name. */
  public void output(String result, String output, Axis... shape) {
    graph.message(1, node("Identity", List.of(result), output));
    graph.message(12, info(output, FLOAT, shape));
    outputs.add(words(output, "float32", shape));
  }

  private static Message info(String name, int type, Axis... axes) {
    Message shape = new Message();
    for (Axis a : axes) {
      Message dim = new Message();
      shape.message(1, a.length() < 0 ? dim.text(2, a.name()) : dim.number(1, a.length()));
    }
    Message tensor = new Message().number(1, type).message(2, shape);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  /** A constant of float32, once under this name. */
  public String constant(String key, long[] shape, float[] values) {
    if (constants.putIfAbsent(key, key) == null) {
      graph.message(5, tensor(key, FLOAT, shape).floats(9, values));
    }
    return key;
  }

  boolean holds(String key) {
    return constants.containsKey(key);
  }

  /** A constant of whole numbers. */
  public String constant(long... values) {
    String key = "ints" + Arrays.toString(values).replace(" ", "");
    if (constants.putIfAbsent(key, key) == null) {
      Message tensor = tensor(key, INT64, new long[] {values.length});
      for (long v : values) {
        tensor.number(7, v);
      }
      graph.message(5, tensor);
    }
    return key;
  }

  /** A scalar of whole numbers. */
  public String whole(long value) {
    String key = "whole." + value;
    if (constants.putIfAbsent(key, key) == null) {
      graph.message(5, tensor(key, INT64, new long[0]).number(7, value));
    }
    return key;
  }

  /** A scalar of float64. */
  String real(double value) {
    String key = "real." + value;
    if (constants.putIfAbsent(key, key) == null) {
      byte[] bits = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array();
      graph.message(5, tensor(key, DOUBLE, new long[0]).bytes(9, bits));
    }
    return key;
  }

  /** A scalar of float32. */
  public String scalar(float value) {
    return constant("scalar." + value, new long[0], new float[] {value});
  }

  /** The scalar true. */
  String truth() {
    if (constants.putIfAbsent("true", "true") == null) {
      graph.message(5, tensor("true", BOOL, new long[0]).bytes(9, new byte[] {1}));
    }
    return "true";
  }

  String toFloat(String x) {
    return apply("Cast", List.of(x), attribute("to", (long) FLOAT));
  }

  String toDouble(String x) {
    return apply("Cast", List.of(x), attribute("to", (long) DOUBLE));
  }

  private static Message tensor(String name, int type, long[] shape) {
    Message tensor = new Message();
    for (long n : shape) {
      tensor.number(1, n);
    }
    return tensor.number(2, type).text(8, name);
  }

  /** An operation with one result. */
  public String apply(String operator, List<String> inputs, Message... attributes) {
    String result = operator.toLowerCase(Locale.ROOT) + "." + results++;
    graph.message(1, node(operator, inputs, result, attributes));
    return result;
  }

  private static Message node(
      String operator, List<String> inputs, String output, Message... attributes) {
    Message node = new Message();
    inputs.forEach(i -> node.text(1, i));
    node.text(2, output).text(3, output).text(4, operator);
    for (Message a : attributes) {
      node.message(5, a);
    }
    return node;
  }

  public static Message attribute(String name, long value) {
    return new Message().text(1, name).number(3, value).number(20, 2);
  }

  public static Message attribute(String name, float value) {
    return new Message().text(1, name).number(2, value).number(20, 1);
  }

  public static Message attribute(String name, String value) {
    return new Message().text(1, name).text(4, value).number(20, 3);
  }

  public static Message attribute(String name, long[] values) {
    Message attribute = new Message().text(1, name);
    for (long v : values) {
      attribute.number(8, v);
    }
    return attribute.number(20, 7);
  }

  /**
   * The file's content.
   *
   * @param metadata what the model is, read by runtimes as custom metadata
   */
  Message model(String version, Map<String, String> metadata) {
    Message model =
        new Message().number(1, IR).text(2, "tributary").text(3, version).message(7, graph);
    model.message(8, new Message().text(1, "").number(2, OPSET));
    metadata.forEach((k, v) -> model.message(14, new Message().text(1, k).text(2, v)));
    return model;
  }
}
