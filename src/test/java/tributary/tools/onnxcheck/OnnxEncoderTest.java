package tributary.tools.onnxcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;
import tributary.encode.Samples;
import tributary.model.Model;
import tributary.models.OnnxExport;
import tributary.models.elastic.ElasticConfig;
import tributary.models.elastic.ElasticEncoder;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.tools.parity.Difference;

/** The elastic encoder in ONNX Runtime is the project's own, step by step. */
final class OnnxEncoderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 36, 500})
  void givesTheOwnEncodersNodesAndEmbedding(int tokens) {
    Model model = Samples.model(Samples.elastic("gelu"), 4);
    ElasticConfig config = (ElasticConfig) model.config();
    OnnxExport.write(model, folder);
    Backend backend = Backends.open(Kernels.of("cpu"));
    try (ElasticEncoder own = new ElasticEncoder(model, backend);
        OnnxEncoder onnx = new OnnxEncoder(config, folder, own.subsequenceTokens(), 16)) {
      List<Subsequence> record = Records.record(config, own, tokens, 9);
      var expected = own.encode(record);
      var found = onnx.encode(record);
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < found.size(); i++) {
        assertThat(found.get(i).level()).isEqualTo(expected.get(i).level());
        assertThat(found.get(i).index()).isEqualTo(expected.get(i).index());
        assertThat(Difference.ofEach(found.get(i).latents(), expected.get(i).latents()))
            .isLessThan(OnnxCheck.TOLERANCE);
      }
      assertThat(Difference.ofEach(Records.embedding(onnx, record), Records.embedding(own, record)))
          .isLessThan(OnnxCheck.TOLERANCE);
    }
  }

  @Test
  void aRecordWithoutAnyModalityHasTheSameEmbedding() {
    Model model = Samples.model(Samples.elastic("gelu"), 4);
    OnnxExport.write(model, folder);
    try (ElasticEncoder own = new ElasticEncoder(model, Backends.open(Kernels.of("cpu")));
        OnnxEncoder onnx =
            new OnnxEncoder((ElasticConfig) model.config(), folder, own.subsequenceTokens(), 1)) {
      assertThat(Difference.ofEach(onnx.finish(Map.of()), own.finish(Map.of())))
          .isLessThan(OnnxCheck.TOLERANCE);
    }
  }

  /** Sees this project's classes, and none of ONNX Runtime. */
  private static final class WithoutOnnx extends ClassLoader {
    WithoutOnnx() {
      super(OnnxEncoderTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("ai.onnxruntime.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.equals(Peer.class.getName())) {
        return super.loadClass(name, resolve);
      }
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  void whereOnnxRuntimeIsMissingThatIsSaid() throws Exception {
    var require =
        new WithoutOnnx().loadClass(Peer.class.getName()).getMethod("require", String.class);
    assertThatThrownBy(() -> require.invoke(null, "run bench"))
        .cause()
        .isInstanceOf(Refused.class)
        .hasMessage(
            "Cannot run bench: ONNX Runtime is not on the class path (jobs/tributary takes it from"
                + " target/bench/jars, which mvn package fills)");
  }
}
