package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;

/** What a scalar is, how it is spelt, and what no tree is made of. */
final class YamlTest {
  private static JsonNode value(String scalar) {
    return Yaml.parse("a: " + scalar + "\n", "test").path("a");
  }

  @ParameterizedTest
  @CsvSource({
    "0, NUMBER",
    "-7, NUMBER",
    "9223372036854775807, NUMBER",
    "92233720368547758070, NUMBER",
    "1.50, NUMBER",
    ".5, NUMBER",
    "-0, NUMBER",
    "1e3, NUMBER",
    "1.0E-12, NUMBER",
    "true, BOOLEAN",
    "false, BOOLEAN",
    "007, STRING",
    "+1, STRING",
    "1., STRING",
    "1_000, STRING",
    "0x10, STRING",
    "0o7, STRING",
    "1:30, STRING",
    ".inf, STRING",
    "NaN, STRING",
    "True, STRING",
    "yes, STRING",
    "1e9999999999, STRING",
    "2026-01-02, STRING",
  })
  void aScalarIsWhatJsonTakesItForAndKeepsItsSpelling(String spelt, JsonNodeType type) {
    assertThat(value(spelt).getNodeType()).isEqualTo(type);
    assertThat(value(spelt).asText()).isEqualTo(spelt);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"7\"", "'7'", "!!str 7", "\"true\"", "\"null\"", "\"\"", "\"\\u0037\""})
  void inQuotesItIsAText(String spelt) {
    assertThat(value(spelt).isTextual()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "~", "null"})
  void nothingIsNull(String spelt) {
    assertThat(value(spelt).isNull()).isTrue();
  }

  @Test
  void jsonIsYaml() {
    String json = "{\"a\":[1,-2.5,1e-12,true,null,\"x\\n\\u00e9\",\"1\"],\"b\":{\"c\":{}}}";
    JsonNode tree = Yaml.parse(json, "test");
    assertThat(tree.path("a").path(2).doubleValue()).isEqualTo(1e-12);
    assertThat(tree.path("a").path(5).textValue()).isEqualTo("x\né");
    assertThat(tree.path("a").path(6).isTextual()).isTrue();
    assertThat(tree.path("b").path("c").isObject()).isTrue();
  }

  @Test
  void textsAreAsTheyAreSpelt() {
    JsonNode tree = Yaml.texts(Yaml.parse("a: [1.50, true, {b: .5}]\nc:\nd: \"1\"\n", "test"));
    assertThat(tree)
        .hasToString("{\"a\":[\"1.50\",\"true\",{\"b\":\".5\"}],\"c\":null,\"d\":\"1\"}");
  }

  @Test
  void anEmptyTextIsNoTree() {
    assertThat(Yaml.parse("", "test").isMissingNode()).isTrue();
    assertThat(Yaml.parse("# nothing\n", "test").isMissingNode()).isTrue();
  }

  @Test
  void numbersInQuotesAreShownInQuotes() {
    Problems problems = new Problems();
    Fields f = new Fields(Yaml.parse("{a: \"1\", b: \"0.5\", c: 010}", "test"), "", problems);
    f.whole("a", 1);
    f.positive("b", 1);
    f.whole("c", 1);
    assertThat(problems.all())
        .containsExactly(
            "Invalid a: \"1\" (a whole number >= 1)",
            "Invalid b: \"0.5\" (a number > 0)",
            "Invalid c: 010 (a whole number >= 1)");
  }

  @Test
  void wholeNumbersBeyondTheirRangeAreRefused() {
    Problems problems = new Problems();
    String yaml = "{a: 2147483648, b: 9223372036854775808, c: 9223372036854775807}";
    Fields f = new Fields(Yaml.parse(yaml, "test"), "", problems);
    f.whole("a", 1);
    f.between("b", 0, Long.MAX_VALUE);
    assertThat(f.between("c", 0, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    assertThat(problems.all())
        .isEqualTo(
            List.of(
                "Invalid a: 2147483648 (a whole number >= 1)",
                "Invalid b: 9223372036854775808 (a whole number >= 0)"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{a: 1, a: 2} | line 1: Duplicate field 'a'",
        "{a: &x 1, b: *x} | line 1: an alias (write the value out)",
        "'--- {a: 1}\n--- {a: 2}' | line 2: a second document",
      })
  void whatIsNoTreeIsRefused(String text, String reason) {
    assertThatThrownBy(() -> Yaml.parse(text, "test"))
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot read test: " + reason);
  }
}
