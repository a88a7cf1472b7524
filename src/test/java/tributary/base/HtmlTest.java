package tributary.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HtmlTest {
  @Test
  void controlCharactersAndHalvesOfPairsAreReplaced() {
    assertThat(Html.escaped("a\u0000\n\"")).isEqualTo("a\uFFFD\n&quot;");
    assertThat(Html.escaped("\uD83D\uDE00 \uD83D")).isEqualTo("\uD83D\uDE00 \uFFFD");
    assertThat(Html.escaped("\u202Eevil\u202C \u05D0")).isEqualTo("\uFFFDevil\uFFFD \u05D0");
  }

  @Test
  void markupIsText() {
    assertThat(Html.escaped("</script><b a=\"&\">"))
        .isEqualTo("&lt;/script&gt;&lt;b a=&quot;&amp;&quot;&gt;");
  }
}
