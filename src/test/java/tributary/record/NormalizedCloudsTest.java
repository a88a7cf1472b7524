package tributary.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tributary.encode.Encoder;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.models.ModelConfigs;
import tributary.models.Models;
import tributary.read.Payload;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;

/** What moves the embedding of a cloud: its shape, or its scale and place. Random weights. */
class NormalizedCloudsTest {
  private static final String MODEL =
      """
      encoder: elastic
      group_size: 64
      fan_in: 4
      embedding_channels: 32
      levels: [{latents: 8, channels: 64, self_layers: 1, self_heads: 4, cross_heads: 2}]
      merge: {latents: 8, channels: 64, self_layers: 1, self_heads: 4, cross_heads: 4}
      fusion: {latents: 8, channels: 64, self_layers: 1, self_heads: 4, cross_heads: 4}
      embedding_dim: 64
      modalities: [{name: points, kind: points, dimensions: 3, normalize: %s}]
      """;

  private static final int POINTS = 512;

  /** A ball's surface of radius 2 about (5, 0, 0), stretched along one axis. */
  private static double[] ellipsoid(double stretch, double scale, int first) {
    Random random = new Random(11);
    double[] points = new double[3 * POINTS];
    for (int i = 0; i < POINTS; i++) {
      double x = random.nextGaussian();
      double y = random.nextGaussian();
      double z = random.nextGaussian();
      double r = Math.sqrt(x * x + y * y + z * z);
      int at = (i + first) % POINTS * 3;
      points[at] = scale * (float) (5 + 2 * x / r);
      points[at + 1] = scale * (float) (2 * y / r);
      points[at + 2] = scale * (float) (2 * stretch * z / r);
    }
    return points;
  }

  private static float[] embedding(String normalize, double[] points) {
    Model model = Initialization.random(ModelConfigs.parse(MODEL.formatted(normalize), "test"), 1);
    try (Backend backend = new JavaBackend();
        Encoder encoder = Models.encoder(model, backend)) {
      OpenRecord.Cell cell = new OpenRecord.Cell("points", "p", new Payload.Points(3, points));
      Recipe recipe = new Recipe(model.config(), Map.of(), encoder.subsequenceTokens());
      return new Fuser(recipe, encoder).fuse(List.of(List.of(cell))).embedding();
    }
  }

  /** How far the embedding of the ball is from another one, over the length of the ball's. */
  private static double moved(String normalize, double[] points) {
    float[] ball = embedding(normalize, ellipsoid(1, 1, 0));
    float[] other = embedding(normalize, points);
    double squares = 0;
    double length = 0;
    for (int i = 0; i < ball.length; i++) {
      squares += Math.pow(ball[i] - other[i], 2);
      length += Math.pow(ball[i], 2);
    }
    return Math.sqrt(squares / length);
  }

  @Test
  void placeAndSizeDoNotDrownTheShape() {
    double[] flat = ellipsoid(0.5, 1, 0);
    double[] far = Arrays.stream(ellipsoid(1, 1, 0)).map(x -> x + 100).toArray();
    assertThat(moved("unit", ellipsoid(1, 1, 100))).isZero();
    assertThat(moved("unit", flat))
        .isGreaterThan(5 * moved("none", flat))
        .isGreaterThan(20 * moved("unit", far))
        .isGreaterThan(20 * moved("unit", ellipsoid(1, 10, 0)));
    assertThat(moved("none", far)).isGreaterThan(20 * moved("none", flat));
    assertThat(moved("unit", far)).isPositive();
    assertThat(moved("unit", ellipsoid(1, 10, 0))).isPositive();
  }
}
