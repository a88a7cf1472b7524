package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  private static final List<String> KNOWN = List.of("group_size", "fan_in", "levels", "merge");

  @Test
  void namesTheKeyWithTheFewestEdits() {
    assertThat(Nearest.nearest("gruop_size", KNOWN)).contains("group_size");
    assertThat(Nearest.nearest("level", KNOWN)).contains("levels");
    assertThat(Nearest.nearest("fanin", KNOWN)).contains("fan_in");
  }

  @Test
  void ignoresCaseAndDashes() {
    assertThat(Nearest.nearest("GROUP-SIZE", KNOWN)).contains("group_size");
  }

  @Test
  void tiesGoToTheFirstKnownKey() {
    assertThat(Nearest.nearest("ab", List.of("ac", "ad"))).contains("ac");
  }

  @Test
  void isEmptyOnlyWhereNothingIsKnown() {
    assertThat(Nearest.nearest("x", List.of())).isEmpty();
    assertThat(Nearest.rule("x", List.of())).isEqualTo("unknown key, none is known here");
    assertThat(Nearest.rule("merg", KNOWN)).isEqualTo("unknown key, did you mean merge?");
  }
}
