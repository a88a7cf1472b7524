package tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** What the commands say of themselves is whole, and docs/commands.md says it. */
class CommandsPageTest {
  private static final Path PAGE = Path.of("docs/commands.md");
  static final String HOW =
      "mvn -B -ntp test -Dtest=CommandsPageTest -Dtributary.docs=write writes it anew";

  private static CommandLine root() {
    PrintStream none = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return Main.line(none, none, new SparkJobs());
  }

  static Stream<CommandSpec> commands() {
    return CommandsPage.all(root()).map(CommandLine::getCommandSpec);
  }

  @Test
  void thePageIsWhatTheCommandsSay() throws IOException {
    String expected = CommandsPage.of(root());
    if ("write".equals(System.getProperty("tributary.docs"))) {
      Files.writeString(PAGE, expected);
    }
    assertThat(PAGE).as(HOW).exists();
    assertThat(Files.readString(PAGE)).as(HOW).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyLineOfADescriptionIsSentences(CommandSpec command) {
    List<String> lines = new ArrayList<>(List.of(command.usageMessage().description()));
    assertThat(lines).isNotEmpty();
    for (ArgSpec argument : command.args()) {
      assertThat(argument.description()).as("%s", argument).isNotEmpty();
      lines.addAll(List.of(argument.description()));
    }
    assertThat(lines).allMatch(line -> line.matches("[A-Z].*\\."), "whole sentences");
  }

  /** A listing has the first line of a description, and nothing else. */
  @ParameterizedTest
  @MethodSource("commands")
  void itsGroupListsIt(CommandSpec command) {
    if (command.parent() != null) {
      String listing = words(command.parent().commandLine().getUsageMessage(Ansi.OFF));
      assertThat(listing)
          .contains(words(command.name() + " " + command.usageMessage().description()[0]));
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void itSaysItsExitCodes(CommandSpec command) {
    boolean budget =
        List.of("fuse", "pretrain", "finetune").contains(command.name())
            || command.parent() == null;
    assertThat(command.usageMessage().exitCodeList().keySet())
        .containsExactlyElementsOf(Arrays.asList((budget ? "0 1 2 3 52" : "0 1 2 52").split(" ")));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void itsExamplesAreCommands(CommandSpec command) {
    List<String> examples = CommandsPage.examples(command);
    assertThat(examples).isNotEmpty();
    for (String example : examples) {
      assertThat(example).startsWith(command.qualifiedName() + " ");
      String[] words = example.split(" ");
      root().parseArgs(Arrays.copyOfRange(words, 1, words.length));
    }
  }

  private static String words(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
