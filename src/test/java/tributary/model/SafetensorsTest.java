package tributary.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems.Refused;

class SafetensorsTest {
  @TempDir Path dir;

  @Test
  void whatIsWrittenIsReadBackBitByBit() {
    Path file = dir.resolve("a.safetensors");
    float[] odd = {0f, -0f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NaN, 1e-7f};
    Map<String, Weight> tensors =
        Map.of(
            "b", new Weight(new long[] {2, 3}, odd),
            "a", new Weight(new long[] {}, new float[] {7}),
            "empty", new Weight(new long[] {0, 5}, new float[0]));
    Safetensors.write(file, tensors, Map.of("origin", "random, seed 7"));
    Safetensors read = Safetensors.read(file);
    assertThat(read.metadata()).containsExactly(Map.entry("origin", "random, seed 7"));
    assertThat(read.entries().keySet()).containsExactly("a", "b", "empty");
    assertThat(read.weight("b").shape()).containsExactly(2, 3);
    assertThat(bits(read.weight("b").values())).isEqualTo(bits(odd));
    assertThat(read.weight("a").values()).containsExactly(7);
    assertThat(read.weight("empty").values()).isEmpty();
  }

  @Test
  void theSameTensorsGiveTheSameBytes() throws IOException {
    Weight w = new Weight(new long[] {1}, new float[] {1});
    Safetensors.write(dir.resolve("1"), Map.of("x", w, "y", w), Map.of("k", "v", "a", "b"));
    Safetensors.write(dir.resolve("2"), Map.of("y", w, "x", w), Map.of("a", "b", "k", "v"));
    assertThat(dir.resolve("1")).hasSameBinaryContentAs(dir.resolve("2"));
    assertThat(Files.size(dir.resolve("1")) % 8).isZero();
  }

  @Test
  void readsEveryType() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(0.5).putFloat(2.5f).putShort((short) 0xc100).putShort((short) 0xc020);
    data.putLong(-5).putInt(-6).putShort((short) -7).put((byte) -8).put((byte) 200).put((byte) 1);
    Path file =
        file(
            """
            {"f64":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},
             "f32":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
             "f16":{"dtype":"F16","shape":[1],"data_offsets":[12,14]},
             "bf16":{"dtype":"BF16","shape":[1],"data_offsets":[14,16]},
             "i64":{"dtype":"I64","shape":[1],"data_offsets":[16,24]},
             "i32":{"dtype":"I32","shape":[1],"data_offsets":[24,28]},
             "i16":{"dtype":"I16","shape":[1],"data_offsets":[28,30]},
             "i8":{"dtype":"I8","shape":[1],"data_offsets":[30,31]},
             "u8":{"dtype":"U8","shape":[1],"data_offsets":[31,32]},
             "bool":{"dtype":"BOOL","shape":[1],"data_offsets":[32,33]}}""",
            data.flip());
    Safetensors read = Safetensors.read(file);
    assertThat(read.weight("f64").values()).containsExactly(0.5f);
    assertThat(read.weight("f32").values()).containsExactly(2.5f);
    assertThat(read.weight("f16").values()).containsExactly(-2.5f);
    assertThat(read.weight("bf16").values()).containsExactly(-2.5f);
    assertThat(read.integers("i64")).containsExactly(-5);
    assertThat(read.integers("i32")).containsExactly(-6);
    assertThat(read.integers("i16")).containsExactly(-7);
    assertThat(read.integers("i8")).containsExactly(-8);
    assertThat(read.integers("u8")).containsExactly(200);
    assertThat(read.flags("bool")).containsExactly(true);
    assertThatThrownBy(() -> read.weight("i32"))
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot read " + file + ": tensor i32 is I32, not floating-point");
    assertThatThrownBy(() -> read.integers("f16"))
        .hasMessage("Cannot read " + file + ": tensor f16 is F16, not integers");
    assertThatThrownBy(() -> read.weight("f8"))
        .hasMessage("Cannot read " + file + ": no tensor f8");
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000,0",
    "0x8000,-0",
    "0x0001,5.9604645E-8",
    "0x03ff,6.097555E-5",
    "0x0400,6.1035156E-5",
    "0x3c00,1",
    "0x7bff,65504",
    "0x7c00,Infinity",
    "0xfc00,-Infinity"
  })
  void halvesAreExact(String bits, float value) {
    assertThat(Dtype.half((short) Integer.decode(bits).intValue())).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} trailing | header is no valid JSON",
        "[1]         | header is no JSON object",
        "{\"a\":1     | header is no valid JSON",
        "{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}} | tensor a has the unknown dtype \"F31\"",
        "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}} | tensor a has the unknown dtype",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | tensor a has the offsets [0, 8] in 4 bytes of values",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}} | tensor a has the offsets [4, 0] in 4 bytes of values",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}} | tensor a has the offsets [0] in 4 bytes of values",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}} | tensor a has the data_offsets [-4,0]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}} | tensor a has the shape [1.5]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":\"x\",\"data_offsets\":[0,4]}} | tensor a has the shape \"x\"",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}} | tensor a of shape [4294967296, 4294967296] and dtype F32 has 4 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,4]}} | tensor a of shape [3] and dtype F32 has 4 bytes",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}} | tensor b begins at byte 2, inside the tensor before it that ends at 3",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}} | tensor b begins at byte 2, after a hole that ends at 1",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}} | tensors end at byte 1 of 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | header is no valid JSON: Duplicate field 'a'",
        "{\"__metadata__\":{\"k\":1}} | metadata k is no string",
      })
  void refusesAFileThatLies(String header, String reason) throws IOException {
    Path file = file(header, ByteBuffer.allocate(4));
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("Cannot read " + file + ": " + reason);
  }

  @Test
  void refusesATruncatedFile() throws IOException {
    Path file = dir.resolve("short");
    Files.write(file, new byte[5]);
    assertThatThrownBy(() -> Safetensors.read(file))
        .hasMessage("Cannot read " + file + ": truncated: 5 bytes, a header needs at least 8");
    ByteBuffer b = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putLong(13);
    Files.write(file, b.array());
    assertThatThrownBy(() -> Safetensors.read(file))
        .hasMessage("Cannot read " + file + ": header of 13 bytes in a file of 20 bytes");
    b.putLong(0, -1);
    Files.write(file, b.array());
    assertThatThrownBy(() -> Safetensors.read(file))
        .hasMessage(
            "Cannot read " + file + ": header of 18446744073709551615 bytes in a file of 20 bytes");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    Path file = dir.resolve("nowhere");
    assertThatThrownBy(() -> Safetensors.read(file))
        .hasMessage("Cannot read " + file + ": no such file");
  }

  private Path file(String header, ByteBuffer data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b =
        ByteBuffer.allocate(8 + json.length + data.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(json.length).put(json).put(data);
    return Files.write(dir.resolve("file.safetensors"), b.array());
  }

  private static int[] bits(float[] x) {
    int[] bits = new int[x.length];
    for (int i = 0; i < x.length; i++) {
      bits[i] = Float.floatToRawIntBits(x[i]);
    }
    return bits;
  }
}
