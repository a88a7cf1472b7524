package tributary;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.InstanceofCheck;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What may know what. A rule of a package that is not there fails: it would guard nothing. */
final class Rules {
  /** Every package, by what it may know; a new one has to be put here. */
  static final List<String> ENGINE_FREE =
      List.of(
          "base",
          "config",
          "read",
          "codec",
          "codec.child",
          "tokenize",
          "split",
          "encode",
          "merge",
          "record",
          "write",
          "models",
          "models.elastic",
          "models.hip",
          "models.perceiver",
          "models.perceiverio",
          "models.bert",
          "attention",
          "onnx",
          "learn",
          "model",
          "tensor",
          "tensor.nd4j",
          "synthetic",
          "explain",
          "report",
          "learn.probe",
          "tools.huggingface",
          "tools.onnxcheck",
          "tools.parity");

  /** Those that may know Spark. */
  static final List<String> WITH_SPARK =
      List.of(
          "spark",
          "spark.learn",
          "spark.lineage",
          "spark.publish",
          "spark.roots",
          "spark.sql",
          "cli",
          "tools.bench");

  private static final String[] ENGINE = {
    "org.apache.spark..", "org.apache.hadoop..", "scala..", "tributary.spark..", "tributary.cli.."
  };
  private static final String[] NATIVE = {"org.nd4j..", "org.bytedeco.."};

  /** The flow, earliest first; a package knows none behind it. */
  static final List<String> ORDER =
      List.of(
          "config",
          "read",
          "codec",
          "tokenize",
          "split",
          "attention",
          "onnx",
          "encode",
          "models",
          "record",
          "write",
          "spark",
          "tools",
          "cli");

  private static final Set<String> FORMATS = Set.of("parquet", "json", "csv", "orc", "text", "xml");

  private Rules() {}

  /** Stages, models and what they are made of run without Spark. */
  static ArchRule engineFree() {
    return noClasses()
        .that()
        .resideInAnyPackage(ENGINE_FREE.stream().map(p -> "tributary." + p).toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ENGINE);
  }

  /** One importer of native memory, beside what runs in a process of its own. */
  static ArchRule nativeOnlyInNd4j() {
    return noClasses()
        .that()
        .resideOutsideOfPackages("tributary.tensor.nd4j..", "tributary.codec.child..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(NATIVE);
  }

  /** No class of a codec process is known outside of it: it is never loaded in another JVM. */
  static ArchRule codecProcessIsApart() {
    return CompositeArchRule.of(
            noClasses()
                .that()
                .resideOutsideOfPackage("tributary.codec.child..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("tributary.codec.child..", "org.bytedeco.ffmpeg.."))
        .and(
            classes()
                .that()
                .resideInAPackage("tributary.codec.child..")
                .should()
                .onlyDependOnClassesThat(
                    resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "org.bytedeco.ffmpeg..",
                        "org.bytedeco.javacpp..",
                        "tributary.codec..")));
  }

  /** What merges can be read and run with nothing but a JDK and the base. */
  static ArchRule mergeKnowsOnlyTheJdk() {
    return classes()
        .that()
        .resideInAPackage("tributary.merge..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("java..", "org.jspecify..", "tributary.base", "tributary.merge.."));
  }

  /** What every package may know can itself know nothing. */
  static ArchRule baseKnowsOnlyTheJdk() {
    return classes()
        .that()
        .resideInAPackage("tributary.base..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("java..", "javax.imageio..", "org.jspecify..", "tributary.base"));
  }

  /** The seam and its oracle: the JDK, and how a refused argument is told. */
  static ArchRule tensorKnowsOnlyTheJdk() {
    return classes()
        .that()
        .resideInAPackage("tributary.tensor")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("java..", "org.jspecify..", "tributary.base", "tributary.tensor"));
  }

  /** The native kernels know the seam, ND4J and JavaCPP. */
  static ArchRule nd4jKnowsOnlyTheSeam() {
    return classes()
        .that()
        .resideInAPackage("tributary.tensor.nd4j..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..",
                "jdk.incubator.vector..",
                "org.jspecify..",
                "org.nd4j..",
                "org.bytedeco..",
                "tributary.base",
                "tributary.tensor.."));
  }

  /** Each package of the flow knows none behind it. */
  static ArchRule stagesKnowNoneBehindThem() {
    CompositeArchRule all = null;
    for (int i = 0; i + 1 < ORDER.size(); i++) {
      String[] later =
          ORDER.subList(i + 1, ORDER.size()).stream()
              .map(p -> "tributary." + p + "..")
              .toArray(String[]::new);
      ArchRule rule =
          noClasses()
              .that()
              .resideInAPackage("tributary." + ORDER.get(i) + "..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(later);
      all = all == null ? CompositeArchRule.of(rule) : all.and(rule);
    }
    return all;
  }

  /** No family knows another one. */
  static ArchRule familiesKnowNoOther() {
    return slices().matching("tributary.models.(*)..").should().notDependOnEachOther();
  }

  /** What a model can do is asked of its family: nobody else tells configurations apart. */
  static ArchRule noConfigurationsToldApart() {
    return noClasses()
        .that()
        .resideOutsideOfPackage("tributary.models..")
        .should(
            new ArchCondition<>("ask what kind of configuration a model has") {
              @Override
              public void check(JavaClass of, ConditionEvents events) {
                for (InstanceofCheck check : of.getInstanceofChecks()) {
                  boolean told =
                      check.getRawType().getName().matches("tributary\\.models\\..*Config");
                  String where = of.getName() + ": " + check.getRawType().getName();
                  events.add(new SimpleConditionEvent(of, told, where));
                }
              }
            });
  }

  /** The workshop is known by the command line alone. */
  static ArchRule toolsKnownByCli() {
    return noClasses()
        .that()
        .resideOutsideOfPackages("tributary.tools..", "tributary.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("tributary.tools..");
  }

  /** No package needs, over others, itself. */
  static ArchRule noCycles() {
    return slices().matching("tributary.(**)").should().beFreeOfCycles();
  }

  /** A format is a string from the configuration; what Spark says of any format may be asked. */
  static ArchRule noFileFormats() {
    ArchRule calls =
        noClasses()
            .should()
            .callMethodWhere(describe("it reads or writes one file format", Rules::namesAFormat));
    return CompositeArchRule.of(calls)
        .and(
            noClasses()
                .that()
                .resideInAPackage("tributary.spark..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                    Stream.concat(
                            FORMATS.stream()
                                .map(
                                    f -> "org.apache.spark.sql.execution.datasources.." + f + ".."),
                            Stream.of(
                                "org.apache.parquet..", "org.apache.orc..", "org.apache.avro.."))
                        .toArray(String[]::new)));
  }

  private static boolean namesAFormat(JavaMethodCall call) {
    String owner = call.getTargetOwner().getName();
    return owner.matches("org\\.apache\\.spark\\.sql\\.(classic\\.)?DataFrame(Reader|Writer)")
        && FORMATS.contains(call.getTarget().getName());
  }
}
