package tributary;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Member;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The packages, classes and members that pages name are there: no page outlives a move. */
class PageNamesTest {
  private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
  private static final Pattern OURS = Pattern.compile("tributary(\\.\\w+)+");
  private static final Pattern TYPE = Pattern.compile("[A-Z]\\w*[a-z]\\w*(\\.\\w+)*");
  private static final Pattern WORD = Pattern.compile("\\b[A-Z][a-z0-9]+([A-Z][a-z0-9]+)+\\b");

  /** Words that look like classes of ours and are others', or no class at all. */
  private static final Set<String> OTHERS = Set.of("Impl", "Manager", "Util");

  /** Types within others that packages' pages name alone. */
  private static final Set<String> NESTED = Set.of("FullyMasked");

  /** Simple name to class name, of all sources; those of main first. */
  private static Map<String, List<String>> types() throws IOException {
    Map<String, List<String>> types = new TreeMap<>();
    for (String root : List.of("src/main/java", "src/test/java", "src/jmh/java")) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
          String name = Path.of(root).relativize(file).toString().replace('/', '.');
          String type = name.substring(0, name.length() - ".java".length());
          String simple = type.substring(type.lastIndexOf('.') + 1);
          types.computeIfAbsent(simple, s -> new ArrayList<>()).add(type);
        }
      }
    }
    return types;
  }

  private static Set<String> packages() throws IOException {
    Set<String> packages = new TreeSet<>();
    types().values().forEach(all -> all.forEach(t -> packages.add(parent(t))));
    packages.add("tributary.models");
    return packages;
  }

  private static String parent(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }

  static Stream<Path> pages() throws IOException {
    return PagesTest.pages();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyNameOfOursIsThere(Path page) throws IOException {
    Map<String, List<String>> types = types();
    Set<String> packages = packages();
    List<String> missing = new ArrayList<>();
    for (String code : codes(page)) {
      String name = code.replaceFirst("[(#].*", "").replaceFirst("\\.NAME$", "");
      boolean there =
          OURS.matcher(name).matches()
              ? packages.contains(name) || qualified(name, types)
              : !TYPE.matcher(name).matches() || simple(name, types);
      if (!there && !OTHERS.contains(name)) {
        missing.add(code);
      }
    }
    assertThat(missing).isEmpty();
  }

  /** What a page has between backticks; of the changelog's tables the old names are left out. */
  private static List<String> codes(Path page) throws IOException {
    String text = Files.readString(page).replaceAll("(?ms)^```.*?^```$", "");
    if (page.endsWith("CHANGELOG.md")) {
      text = text.replaceAll("(?m)^\\|[^|]*\\|", "|");
    }
    return CODE.matcher(text).results().map(m -> m.group(1)).toList();
  }

  private static boolean qualified(String name, Map<String, List<String>> types) {
    return types.values().stream()
        .flatMap(List::stream)
        .anyMatch(t -> name.equals(t) || (name.startsWith(t + ".") && member(t, name)));
  }

  private static boolean simple(String name, Map<String, List<String>> types) {
    String simple = name.replaceFirst("\\..*", "");
    return types.getOrDefault(simple, List.of()).stream()
        .anyMatch(t -> name.equals(simple) || member(t, parent(t) + "." + name));
  }

  /** Whether the type of that name has the member, or the nested type its member, and so on. */
  private static boolean member(String type, String name) {
    Class<?> found;
    try {
      found = Class.forName(type, false, PageNamesTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return false;
    }
    String[] path = name.substring(type.length() + 1).split("\\.");
    for (int i = 0; i < path.length; i++) {
      String next = path[i];
      Class<?> nested =
          Arrays.stream(found.getDeclaredClasses())
              .filter(c -> c.getSimpleName().equals(next))
              .findFirst()
              .orElse(null);
      if (nested == null) {
        Stream<? extends Member> members =
            Stream.concat(
                Arrays.stream(found.getDeclaredFields()), Arrays.stream(found.getMethods()));
        return i == path.length - 1 && members.anyMatch(m -> m.getName().equals(next));
      }
      found = nested;
    }
    return true;
  }

  @ParameterizedTest
  @MethodSource("tributary.PackagePagesTest#packages")
  void aPackagesPageNamesClassesThatAreThere(String name) throws IOException {
    Path file = Path.of("src/main/java", name.replace('.', '/'), "package-info.java");
    String page =
        Files.readString(file)
            .replaceFirst("(?s) \\*/\n.*", "")
            .replaceAll("(?s)\\{@code\n.*?\\}</pre>", "");
    Set<String> known = types().keySet();
    assertThat(WORD.matcher(page).results().map(MatchResult::group))
        .allMatch(word -> known.contains(word) || NESTED.contains(word) || ofTheJdk(word));
  }

  private static boolean ofTheJdk(String word) {
    return Object.class.getResource("/java/lang/" + word + ".class") != null;
  }

  /** The table of packages on the architecture page has a row or a part of one for each. */
  @Test
  void theArchitectureListsEveryPackage() throws IOException {
    String page = Files.readString(Path.of("docs/architecture.md"));
    String table = page.substring(page.indexOf("| package | what is in it |"));
    Set<String> listed = new TreeSet<>();
    for (String row : table.substring(0, table.indexOf("\n\n")).lines().skip(2).toList()) {
      String first = row.split("\\|", -1)[1];
      CODE.matcher(first).results().forEach(m -> listed.add(m.group(1)));
    }
    List<String> expected = new ArrayList<>(Rules.ENGINE_FREE);
    expected.addAll(Rules.WITH_SPARK);
    expected.removeIf(p -> p.startsWith("models."));
    assertThat(listed).containsExactlyInAnyOrderElementsOf(expected);
  }
}
