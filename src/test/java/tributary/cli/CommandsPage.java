package tributary.cli;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** docs/commands.md, made of what the commands say of themselves. */
final class CommandsPage {
  private final CommandLine root;
  private final Set<String> shared = new TreeSet<>();
  private final StringBuilder page = new StringBuilder();

  private CommandsPage(CommandLine root) {
    this.root = root;
    Set<String> options = names(root.getCommandSpec());
    for (CommandLine command : all(root).skip(1).toList()) {
      options.retainAll(names(command.getCommandSpec()));
    }
    shared.addAll(options);
  }

  static String of(CommandLine root) {
    return new CommandsPage(root).written();
  }

  /** A command and all below it, in the order of the listings. */
  static Stream<CommandLine> all(CommandLine command) {
    return Stream.concat(
        Stream.of(command), command.getSubcommands().values().stream().flatMap(CommandsPage::all));
  }

  /** The lines of a command's examples, as they are typed. */
  static List<String> examples(CommandSpec spec) {
    return Stream.of(spec.usageMessage().footer())
        .filter(line -> line.startsWith("  "))
        .map(String::strip)
        .toList();
  }

  private static Set<String> names(CommandSpec spec) {
    Set<String> names = new TreeSet<>();
    spec.options().forEach(o -> names.add(o.longestName()));
    return names;
  }

  private String written() {
    List<CommandLine> commands = all(root).filter(c -> c.getSubcommands().isEmpty()).toList();
    line("# Commands");
    line("");
    line("<!-- Made of what the commands say of themselves: " + CommandsPageTest.HOW + ". -->");
    line("");
    line(
        "`jobs/tributary COMMAND ...` runs a command ([the launcher](running.md#the-launcher));"
            + " `--help` after any of them says what is below.");
    line("");
    line("| command | what it does |");
    line("|---|---|");
    for (CommandLine command : commands) {
      String name = name(command);
      String anchor = name.replace(' ', '-').toLowerCase(Locale.ROOT);
      row("[`" + name + "`](#" + anchor + ")", description(command.getCommandSpec()).get(0));
    }
    line("");
    line("Every command takes:");
    options(root.getCommandSpec(), shared, true);
    line("");
    line("And `jobs/tributary` alone:");
    options(root.getCommandSpec(), shared, false);
    commands.forEach(this::section);
    return page.toString();
  }

  private void section(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    line("");
    line("## " + name(command));
    line("");
    line(escaped(String.join(" ", description(spec))));
    line("");
    line("```");
    Help help = new Help(spec, Help.defaultColorScheme(Ansi.OFF));
    line("jobs/" + help.synopsis(0).strip().replaceAll("\\s*\\R\\s*", "\n    "));
    line("```");
    options(spec, shared, false);
    line("");
    List<String> codes = new ArrayList<>();
    for (Map.Entry<String, String> code : spec.usageMessage().exitCodeList().entrySet()) {
      codes.add("**" + code.getKey() + "** " + code.getValue());
    }
    line("Exit codes: " + String.join("; ", codes) + ".");
    line("");
    line("```bash");
    examples(spec).forEach(e -> line("jobs/" + e));
    line("```");
  }

  /** Parameters and options as a table: those that all commands share, or the others. */
  private void options(CommandSpec spec, Set<String> names, boolean among) {
    line("");
    line("| | |");
    line("|---|---|");
    if (!among) {
      for (PositionalParamSpec p : spec.positionalParameters()) {
        row("`" + p.paramLabel() + "`", String.join(" ", p.description()));
      }
    }
    for (OptionSpec o : spec.options()) {
      if (names.contains(o.longestName()) == among) {
        String label = o.arity().max() == 0 ? "" : " " + o.paramLabel();
        String also = o.required() ? " Required." : "";
        row(
            "`" + String.join("`, `", o.names()) + label + "`",
            String.join(" ", o.description()) + also);
      }
    }
  }

  private String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName().substring(root.getCommandName().length() + 1);
  }

  private static List<String> description(CommandSpec spec) {
    return List.of(spec.usageMessage().description());
  }

  private void row(String... cells) {
    line("| " + Stream.of(cells).map(CommandsPage::escaped).collect(joining(" | ")) + " |");
  }

  /** A sentence as Markdown shows it. */
  private static String escaped(String text) {
    return text.replace("|", "\\|").replace("*", "\\*");
  }

  private void line(String line) {
    page.append(line).append('\n');
  }
}
