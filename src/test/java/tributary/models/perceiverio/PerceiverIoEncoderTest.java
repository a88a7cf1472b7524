package tributary.models.perceiverio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tributary.encode.Encoder;
import tributary.encode.Naive;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.Initialization;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.ModelConfigs;
import tributary.models.Models;
import tributary.read.Signal;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;
import tributary.tokenize.PerceiverPixels;

/** Pictures; the language model is tested where the job is. */
class PerceiverIoEncoderTest {
  private static final ModalitySpec PIXELS = new ModalitySpec.Pixels(8, 9);

  private static String yaml() throws IOException {
    return Files.readString(Path.of("src/test/resources/models/tiny-perceiver-image.yaml"));
  }

  @Test
  void aPictureGivesWhatTheModelGives() throws IOException {
    for (String task : List.of("image_fourier", "image_learned", "image_conv")) {
      Model model =
          Initialization.random(
              ModelConfigs.parse(yaml().replace("image_fourier", task), "test"), 5);
      double[][] one = Samples.tokens(PIXELS, 64, 1);
      double[][] two = Samples.tokens(PIXELS, 64, 2);
      for (Backend backend : Samples.backends()) {
        try (backend;
            Encoder encoder = Models.encoder(model, backend);
            PerceiverIoModel whole = new PerceiverIoModel(model, backend);
            Scope scope = backend.open(0)) {
          List<Node> nodes =
              encoder.encode(
                  List.of(
                      Samples.whole("image", PIXELS, two), Samples.whole("image", PIXELS, one)));
          Tensor x = whole.inputs().picture(scope, Naive.floats(one), 8, 8);
          Tensor z = whole.embed(scope, whole.latents(scope, x, null));
          float[] expected = scope.values(z);
          String what = task + " on " + backend.name();
          Tolerance.exact().check(what, nodes.get(1).latents(), expected);
          assertThat(nodes.get(0).latents()).isNotEqualTo(expected);
        }
      }
    }
  }

  @Test
  void framesAreWhatTheFlowModelTakes() throws IOException {
    String flow =
        yaml().replace("image_fourier, size: 8, labels: 3", "optical_flow, height: 6, width: 8");
    int[] argb = new int[48];
    Arrays.setAll(argb, i -> i * 7919);
    Signal.Image frame = new Signal.Image(8, 6, argb);
    try (Backend backend = new JavaBackend();
        PerceiverIoModel model = new PerceiverIoModel(Samples.model(flow, 5), backend);
        Scope scope = backend.open(0)) {
      Tensor x = model.inputs().frames(scope, PerceiverPixels.flow(frame, frame));
      assertThat(x.shape()).isEqualTo(new Shape(1, 48, model.config().task().inputChannels()));
    }
  }

  @Test
  void aRecordWithoutAPictureIsThatOfZeros() throws IOException {
    try (Backend backend = new JavaBackend();
        Encoder encoder = Models.encoder(Samples.model(yaml(), 5), backend)) {
      List<Node> zeros = encoder.encode(List.of(Samples.whole("image", PIXELS, new double[64][3])));
      Tolerance.exact().check("nothing", encoder.finish(Map.of()), Samples.finish(encoder, zeros));
    }
  }

  @Test
  void aPictureThatIsNotWholeIsRefused() throws IOException {
    try (Backend backend = new JavaBackend();
        Encoder encoder = Models.encoder(Samples.model(yaml(), 5), backend)) {
      Subsequence part = Samples.whole("image", PIXELS, new double[63][3]);
      assertThatThrownBy(() -> encoder.encode(List.of(part)))
          .hasMessage("Invalid picture: 63 tokens (64, one a pixel)");
    }
    String flow =
        yaml().replace("image_fourier, size: 8, labels: 3", "optical_flow, height: 8, width: 8");
    assertThatThrownBy(() -> Models.encoder(Samples.model(flow, 5), new JavaBackend()))
        .hasMessageStartingWith(
            "Invalid model task: optical_flow (masked_lm, text_labels, image_learned,");
  }
}
