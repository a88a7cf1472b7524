package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * jobs/k8s without a cluster: Kubernetes' own objects against its types, the operators' against the
 * operators' schemas, which are read in ../shared/k8s and not part of the project (skipped where
 * they are not); then what these objects promise.
 */
@NullUnmarked
final class KubernetesFilesTest {
  private static final Map<String, Class<?>> TYPES =
      Map.of(
          "v1 Service", Service.class,
          "v1 ConfigMap", ConfigMap.class,
          "v1 ServiceAccount", ServiceAccount.class,
          "batch/v1 CronJob", CronJob.class,
          "rbac.authorization.k8s.io/v1 Role", Role.class,
          "rbac.authorization.k8s.io/v1 RoleBinding", RoleBinding.class);
  private static final Map<String, String> SCHEMAS =
      Map.of(
          "spark.apache.org/v1 SparkApplication", "sparkapplications.spark.apache.org-v1.yaml",
          "sparkoperator.k8s.io/v1beta2 SparkApplication",
              "sparkoperator.k8s.io_sparkapplications.yaml",
          "sparkoperator.k8s.io/v1beta2 ScheduledSparkApplication",
              "sparkoperator.k8s.io_scheduledsparkapplications.yaml");

  private static String kind(JsonNode object) {
    return object.get("apiVersion").textValue() + " " + object.get("kind").textValue();
  }

  private static Stream<JsonNode> objects(String kind) {
    return Manifests.all().stream().filter(o -> kind(o).equals(kind));
  }

  private static <T> T only(Class<T> type) throws IOException {
    String kind =
        TYPES.entrySet().stream()
            .filter(t -> t.getValue() == type)
            .findAny()
            .orElseThrow()
            .getKey();
    List<JsonNode> found = objects(kind).toList();
    assertThat(found).as(kind).hasSize(1);
    return Manifests.as(type, found.get(0));
  }

  static Stream<JsonNode> plain() {
    return Manifests.all().stream().filter(o -> !SCHEMAS.containsKey(kind(o)));
  }

  static Stream<JsonNode> custom() {
    return Manifests.all().stream().filter(o -> SCHEMAS.containsKey(kind(o)));
  }

  // --- What is valid -------------------------------------------------------------------------

  @ParameterizedTest(name = "{index}")
  @MethodSource("plain")
  void isOneOfKubernetesObjects(JsonNode object) throws IOException {
    assertThat(TYPES).containsKey(kind(object));
    assertThat(Manifests.as(TYPES.get(kind(object)), object)).isNotNull();
  }

  @Test
  void aFieldThatKubernetesDoesNotHaveIsSeen() {
    JsonNode cron = objects("batch/v1 CronJob").findAny().orElseThrow();
    ((ObjectNode) cron.at("/spec/jobTemplate/spec/template/spec")).put("runAsNonRoot", true);
    assertThatThrownBy(() -> Manifests.as(CronJob.class, cron))
        .hasMessageContaining("runAsNonRoot");
    JsonNode text = objects("batch/v1 CronJob").findAny().orElseThrow();
    ((ObjectNode) text.at("/spec/jobTemplate/spec")).put("backoffLimit", "2");
    assertThatThrownBy(() -> Manifests.as(CronJob.class, text))
        .hasMessageContaining("backoffLimit");
  }

  /** Of its specification. */
  private static JsonNode schema(JsonNode object) {
    Path file = Path.of("../shared/k8s", SCHEMAS.get(kind(object)));
    assumeTrue(Files.exists(file), file + " is not there: not validated");
    JsonNode definition = Manifests.of(file).get(0);
    String version = object.get("apiVersion").textValue().replaceFirst(".*/", "");
    JsonNode spec = definition.get("spec");
    assertThat(spec.get("group").textValue() + "/" + version)
        .isEqualTo(object.get("apiVersion").textValue());
    assertThat(spec.at("/names/kind").textValue()).isEqualTo(object.get("kind").textValue());
    return StreamSupport.stream(spec.get("versions").spliterator(), false)
        .filter(v -> v.get("name").textValue().equals(version) && v.get("served").booleanValue())
        .findAny()
        .orElseThrow()
        .at("/schema/openAPIV3Schema/properties/spec");
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("custom")
  void isAsItsOperatorWantsIt(JsonNode object) {
    JsonNode schema = schema(object);
    ObjectNode spec = (ObjectNode) object.get("spec");
    assertThat(OpenApi.faults(schema, spec)).isEmpty();
    spec.put("restartPolicies", "Never");
    spec.put("timeToLiveSeconds", "soon");
    assertThat(OpenApi.faults(schema, spec))
        .anyMatch(f -> f.contains("unknown field restartPolicies"))
        .hasSize(2);
  }

  @Test
  void everyKindIsThere() {
    List<String> kinds = Manifests.all().stream().map(KubernetesFilesTest::kind).toList();
    assertThat(kinds).containsAll(TYPES.keySet()).containsAll(SCHEMAS.keySet());
  }

  // --- What is run -----------------------------------------------------------------------------

  /** One way of starting a driver. */
  private record Launch(
      String name,
      List<String> arguments,
      Map<String, String> conf,
      String account,
      PodSpec driver,
      PodSpec executor) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Launch> launches() throws IOException {
    return Stream.concat(Stream.of(cron()), custom().map(KubernetesFilesTest::launch));
  }

  private static Launch cron() throws IOException {
    PodSpec driver =
        only(CronJob.class).getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
    Map<String, String> conf = new LinkedHashMap<>();
    List<String> arguments = driver.getContainers().get(0).getArgs();
    for (String argument : arguments) {
      if (argument.startsWith("--conf=")) {
        String[] setting = argument.substring("--conf=".length()).split("=", 2);
        conf.put(setting[0], setting[1]);
      }
    }
    String template = only(ConfigMap.class).getData().get("executor.yaml");
    Pod executor = Manifests.as(Pod.class, Manifests.tree(template));
    return new Launch(
        "CronJob", arguments, conf, driver.getServiceAccountName(), driver, executor.getSpec());
  }

  private static Launch launch(JsonNode object) {
    JsonNode spec = object.get("spec");
    JsonNode app = spec.path("template").isMissingNode() ? spec : spec.get("template");
    boolean apache = kind(object).startsWith("spark.apache.org/");
    List<String> arguments = new ArrayList<>();
    app.get(apache ? "driverArgs" : "arguments").forEach(a -> arguments.add(a.textValue()));
    Map<String, String> conf = new LinkedHashMap<>();
    app.get("sparkConf").properties().forEach(e -> conf.put(e.getKey(), e.getValue().textValue()));
    return new Launch(
        kind(object),
        arguments,
        conf,
        apache
            ? conf.get("spark.kubernetes.authenticate.driver.serviceAccountName")
            : app.at("/driver/serviceAccount").textValue(),
        Manifests.pod(
            app.at(apache ? "/driverSpec/podTemplateSpec/spec" : "/driver/template/spec")),
        Manifests.pod(
            app.at(apache ? "/executorSpec/podTemplateSpec/spec" : "/executor/template/spec")));
  }

  @ParameterizedTest
  @MethodSource("launches")
  void itsArgumentsAreAJob(Launch launch) {
    JobArguments job = JobArguments.of(launch.arguments());
    assertThat(job.config().input().path()).isEqualTo("s3a://bucket/table");
    assertThat(job.config().output().path()).isEqualTo("s3a://bucket/embeddings");
    assertThat(job.config().output().mode()).isEqualTo(JobConfig.Sink.Mode.MERGE);
    assertThat(folders(launch.driver())).contains(String.valueOf(Path.of(job.file()).getParent()));
  }

  private static List<String> folders(PodSpec pod) {
    return pod.getContainers().get(0).getVolumeMounts().stream()
        .map(VolumeMount::getMountPath)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("launches")
  void noPodHasRightsThatItDoesNotNeed(Launch launch) {
    for (PodSpec pod : List.of(launch.driver(), launch.executor())) {
      var all = pod.getSecurityContext();
      assertThat(all.getRunAsNonRoot()).isTrue();
      assertThat(all.getRunAsUser()).isPositive();
      assertThat(all.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
      assertThat(pod.getContainers()).hasSize(1);
      Container container = pod.getContainers().get(0);
      var own = container.getSecurityContext();
      assertThat(own.getReadOnlyRootFilesystem()).isTrue();
      assertThat(own.getAllowPrivilegeEscalation()).isFalse();
      assertThat(own.getCapabilities().getDrop()).containsExactly("ALL");
      // What can be written: where it works, and the temporary files.
      assertThat(folders(pod)).contains("/tmp", container.getWorkingDir());
      List<String> volumes = pod.getVolumes().stream().map(v -> v.getName()).toList();
      container.getVolumeMounts().forEach(m -> assertThat(volumes).contains(m.getName()));
    }
    assertThat(launch.executor().getAutomountServiceAccountToken()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("launches")
  void theDriverMayDoWhatSparkDoesAndNoMore(Launch launch) throws IOException {
    assertThat(launch.account()).isEqualTo(only(ServiceAccount.class).getMetadata().getName());
    // Without these, Spark makes config maps and deletes services and volume claims.
    assertThat(launch.conf())
        .containsEntry("spark.kubernetes.executor.disableConfigMap", "true")
        .containsEntry("spark.kubernetes.driver.service.deleteOnTermination", "false")
        .containsEntry("spark.kubernetes.driver.ownPersistentVolumeClaim", "false")
        .containsEntry("spark.kubernetes.driver.reusePersistentVolumeClaim", "false");
  }

  @Test
  void theRoleIsForPodsAlone() throws IOException {
    Role role = only(Role.class);
    assertThat(role.getRules()).hasSize(1);
    PolicyRule rule = role.getRules().get(0);
    assertThat(rule.getApiGroups()).containsExactly("");
    assertThat(rule.getResources()).containsExactly("pods");
    assertThat(rule.getVerbs())
        .containsExactlyInAnyOrder("create", "get", "list", "watch", "delete", "deletecollection");
    RoleBinding binding = only(RoleBinding.class);
    assertThat(binding.getRoleRef().getKind()).isEqualTo("Role");
    assertThat(binding.getRoleRef().getName()).isEqualTo(role.getMetadata().getName());
    assertThat(binding.getSubjects()).hasSize(1);
    assertThat(binding.getSubjects().get(0).getName())
        .isEqualTo(only(ServiceAccount.class).getMetadata().getName());
  }

  // --- The schedule ----------------------------------------------------------------------------

  @Test
  void theCronJobNeverRunsTwiceAtATimeAndHasDeadlines() throws IOException {
    CronJob cron = only(CronJob.class);
    assertThat(cron.getSpec().getConcurrencyPolicy()).isEqualTo("Forbid");
    assertThat(cron.getSpec().getStartingDeadlineSeconds()).isGreaterThanOrEqualTo(10);
    assertThat(cron.getSpec().getTimeZone()).isNotNull();
    JobSpec job = cron.getSpec().getJobTemplate().getSpec();
    assertThat(job.getActiveDeadlineSeconds()).isPositive();
    assertThat(job.getPodReplacementPolicy()).isEqualTo("Failed");
    // Else Kubernetes refuses a podFailurePolicy.
    assertThat(job.getTemplate().getSpec().getRestartPolicy()).isEqualTo("Never");
  }

  @Test
  void itIsTriedAgainByItsExitCode() throws IOException {
    JobSpec job = only(CronJob.class).getSpec().getJobTemplate().getSpec();
    assertThat(job.getBackoffLimit()).isPositive();
    assertThat(action(job, 2, false)).isEqualTo("FailJob");
    assertThat(action(job, 3, false)).isEqualTo("FailJob");
    assertThat(action(job, 1, false)).isEqualTo("Count");
    assertThat(action(job, 52, false)).isEqualTo("Count");
    assertThat(action(job, 143, true)).isEqualTo("Ignore");
    assertThat(action(job, 1, true)).isEqualTo("Ignore");
    assertThat(action(job, 2, true)).isEqualTo("FailJob");
  }

  /** The first rule that matches a failed pod decides, as in Kubernetes; Count if none does. */
  private static String action(JobSpec job, int exitCode, boolean disrupted) {
    String container = job.getTemplate().getSpec().getContainers().get(0).getName();
    for (PodFailurePolicyRule rule : job.getPodFailurePolicy().getRules()) {
      var codes = rule.getOnExitCodes();
      boolean matches =
          codes == null
              ? rule.getOnPodConditions().stream()
                  .anyMatch(
                      c ->
                          disrupted
                              && c.getType().equals("DisruptionTarget")
                              && c.getStatus().equals("True"))
              : codes.getContainerName().equals(container)
                  && codes.getOperator().equals("In")
                  && codes.getValues().contains(exitCode);
      if (matches) {
        return rule.getAction();
      }
    }
    return "Count";
  }

  @Test
  void theDriverHasANameBeforeItIsReady() throws IOException {
    Service service = only(Service.class);
    assertThat(service.getSpec().getClusterIP()).isEqualTo("None");
    assertThat(service.getSpec().getPublishNotReadyAddresses()).isTrue();
    JobSpec job = only(CronJob.class).getSpec().getJobTemplate().getSpec();
    assertThat(job.getTemplate().getMetadata().getLabels())
        .containsAllEntriesOf(service.getSpec().getSelector());
    Map<String, String> conf = cron().conf();
    assertThat(conf).containsEntry("spark.driver.host", service.getMetadata().getName());
    assertThat(service.getSpec().getPorts().stream().map(p -> String.valueOf(p.getPort())))
        .containsExactly(conf.get("spark.driver.port"), conf.get("spark.driver.blockManager.port"));
  }

  @Test
  void theOperatorsTryNoExitCodeAgain() {
    JsonNode apache = objects("spark.apache.org/v1 SparkApplication").findAny().orElseThrow();
    assertThat(apache.at("/spec/applicationTolerations/restartConfig/restartPolicy").textValue())
        .isEqualTo("OnInfrastructureFailure");
    String kubeflow = "sparkoperator.k8s.io/v1beta2 ";
    JsonNode once = objects(kubeflow + "SparkApplication").findAny().orElseThrow().get("spec");
    JsonNode nightly =
        objects(kubeflow + "ScheduledSparkApplication").findAny().orElseThrow().get("spec");
    assertThat(nightly.get("concurrencyPolicy").textValue()).isEqualTo("Forbid");
    assertThat(nightly.get("template")).isEqualTo(once);
    JsonNode policy = once.get("restartPolicy");
    assertThat(policy.get("type").textValue()).isEqualTo("OnFailure");
    assertThat(policy.get("onFailureRetries").intValue()).isZero();
    assertThat(policy.get("onSubmissionFailureRetries").intValue()).isPositive();
  }
}
