package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tributary.model.ModalitySpec;
import tributary.model.ModalitySpec.Image.Order;
import tributary.read.Rejected;
import tributary.read.Signal;

class VideoTokenizerTest {
  private static final ModalitySpec.Video SPEC = new ModalitySpec.Video(8, 4, 5, 2, Order.RASTER);

  private int opened;
  private int closed;
  private double rate;

  private static Signal.Image frame(int seed) {
    int[] argb = new int[64];
    for (int i = 0; i < 64; i++) {
      argb[i] = 0xFF000000 | (seed * 1_000_003 + i * 7919);
    }
    return new Signal.Image(8, 8, argb);
  }

  /** Of those frames; null in their midst is damage. */
  private Signal.Video video(List<Signal.Image> frames, boolean damaged) {
    return new Signal.Video(
        framesASecond -> {
          opened++;
          rate = framesASecond;
          return new Signal.FrameStream() {
            private int at;

            @Override
            public Signal.@Nullable Image next() {
              if (at < frames.size()) {
                return frames.get(at++);
              }
              if (damaged) {
                throw new Rejected(Rejected.Reason.CORRUPT_VIDEO, "damaged");
              }
              return null;
            }

            @Override
            public void close() {
              closed++;
            }
          };
        });
  }

  private static List<float[]> tokens(ModalitySpec.Video spec, Signal.Video video) {
    List<float[]> all = new ArrayList<>();
    Tokens tokens = Tokenizer.of(spec).tokens(video);
    for (TokenBlock b = tokens.next(); b != null; b = tokens.next()) {
      TokenBlock.Values block = (TokenBlock.Values) b;
      for (int i = 0; i < block.count(); i++) {
        int from = i * spec.channels();
        all.add(Arrays.copyOfRange(block.values(), from, from + spec.channels()));
      }
    }
    return all;
  }

  private static List<float[]> patches(Signal.Image image, Order order) {
    List<float[]> all = new ArrayList<>();
    Tokens tokens = Tokenizer.of(new ModalitySpec.Image(8, 4, order)).tokens(image);
    TokenBlock.Values block = (TokenBlock.Values) Objects.requireNonNull(tokens.next());
    for (int i = 0; i < 4; i++) {
      all.add(Arrays.copyOfRange(block.values(), i * 48, (i + 1) * 48));
    }
    return all;
  }

  private static float[] joined(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @Test
  void aTokenIsOnePlaceInFramesThatFollowEachOther() {
    for (Order order : Order.values()) {
      ModalitySpec.Video spec = new ModalitySpec.Video(8, 4, 5, 2, order);
      List<Signal.Image> frames = List.of(frame(1), frame(2), frame(3), frame(4));
      List<float[]> tokens = tokens(spec, video(frames, false));
      assertThat(tokens).hasSize(8);
      for (int layer = 0; layer < 2; layer++) {
        List<float[]> first = patches(frames.get(2 * layer), order);
        List<float[]> second = patches(frames.get(2 * layer + 1), order);
        for (int place = 0; place < 4; place++) {
          assertThat(tokens.get(4 * layer + place))
              .isEqualTo(joined(first.get(place), second.get(place)));
        }
      }
    }
    assertThat(rate).isEqualTo(5);
    assertThat(opened).isEqualTo(2);
    assertThat(closed).isEqualTo(2);
  }

  @Test
  void theLastLayerIsFilledUpWithTheLastFrame() {
    List<float[]> odd = tokens(SPEC, video(List.of(frame(1), frame(2), frame(3)), false));
    List<float[]> held =
        tokens(SPEC, video(List.of(frame(1), frame(2), frame(3), frame(3)), false));
    assertThat(odd).hasSize(8).usingRecursiveComparison().isEqualTo(held);
  }

  @Test
  void aFrameThatStaysIsTheFrameBefore() {
    Signal.Image stays = frame(1);
    List<float[]> tokens = tokens(SPEC, video(List.of(stays, stays, frame(2), frame(2)), false));
    List<float[]> copied =
        tokens(SPEC, video(List.of(frame(1), frame(1), frame(2), frame(2)), false));
    assertThat(tokens).usingRecursiveComparison().isEqualTo(copied);
  }

  @Test
  void noFrameIsNoToken() {
    assertThat(tokens(SPEC, video(List.of(), false))).isEmpty();
    assertThat(closed).isEqualTo(1);
  }

  @Test
  void damageClosesIt() {
    assertThatThrownBy(() -> tokens(SPEC, video(List.of(frame(1), frame(2), frame(3)), true)))
        .isInstanceOf(Rejected.class)
        .hasMessage("damaged");
    assertThat(closed).isEqualTo(1);
  }

  @Test
  void anotherSignalIsAnError() {
    assertThatThrownBy(() -> Tokenizer.of(SPEC).tokens(frame(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid signal: image (modality video takes video)");
  }
}
