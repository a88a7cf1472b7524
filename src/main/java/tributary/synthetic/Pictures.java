package tributary.synthetic;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Random;
import tributary.base.Png;

/**
 * PNG pictures of 16 to 128 pixels a side: the kind as a shape, somewhere, of some size, turned a
 * little, in its colour on a pale ground. Polygons of whole pixels without antialiasing, corners by
 * StrictMath: the same pixels everywhere.
 */
final class Pictures {
  private static final int[] RGB = {0xD02020, 0x209030, 0x2040D0, 0xE0D020, 0x8020A0, 0xE07810};

  private Pictures() {}

  static byte[] draw(Subject subject, Random random) {
    int width = 16 + random.nextInt(113);
    int height = 16 + random.nextInt(113);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Color ground =
        new Color(200 + random.nextInt(56), 200 + random.nextInt(56), 200 + random.nextInt(56));
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.setColor(ground);
      graphics.fillRect(0, 0, width, height);
      Pen pen = Pen.draw(graphics, width, height, random);
      graphics.setColor(new Color(RGB[subject.colour()]));
      shape(pen, subject.kind(), ground);
    } finally {
      graphics.dispose();
    }
    return Png.bytes(image);
  }

  private static void shape(Pen pen, int kind, Color ground) {
    switch (kind) {
      case 0 -> pen.regular(32, 1, 1, 0);
      case 1 -> pen.polygon(-0.75, -0.75, 0.75, -0.75, 0.75, 0.75, -0.75, 0.75);
      case 2 -> pen.regular(3, 1, 1, 0);
      case 3 -> pen.regular(10, 1, 0.4, 0);
      case 4 -> {
        pen.polygon(-1, -0.25, 1, -0.25, 1, 0.25, -1, 0.25);
        pen.polygon(-0.25, -1, 0.25, -1, 0.25, 1, -0.25, 1);
      }
      case 5 -> {
        pen.regular(32, 1, 1, 0);
        pen.colour(ground);
        pen.regular(32, 0.55, 0.55, 0);
      }
      case 6 -> {
        pen.polygon(1, 0, 0.1, -0.8, 0.1, 0.8);
        pen.polygon(-1, -0.25, 0.2, -0.25, 0.2, 0.25, -1, 0.25);
      }
      default -> {
        pen.regular(32, 1, 1, 0);
        pen.colour(ground);
        pen.regular(32, 0.85, 0.85, 0.5);
      }
    }
  }

  /** Draws polygons given around (0, 0) with a radius of about 1. */
  private record Pen(
      Graphics2D graphics, double x, double y, double radius, double cos, double sin) {
    static Pen draw(Graphics2D graphics, int width, int height, Random random) {
      double radius = Math.min(width, height) * (0.3 + 0.15 * random.nextDouble());
      double x = radius + random.nextDouble() * (width - 2 * radius);
      double y = radius + random.nextDouble() * (height - 2 * radius);
      double turn = 0.4 * (random.nextDouble() - 0.5);
      return new Pen(graphics, x, y, radius, StrictMath.cos(turn), StrictMath.sin(turn));
    }

    void colour(Color colour) {
      graphics.setColor(colour);
    }

    /** Corners on circles of two radii in turn, their centre moved to the right by `shift`. */
    void regular(int corners, double outer, double inner, double shift) {
      double[] points = new double[2 * corners];
      for (int i = 0; i < corners; i++) {
        double angle = 2 * Math.PI * i / corners - Math.PI / 2;
        double r = i % 2 == 0 ? outer : inner;
        points[2 * i] = r * StrictMath.cos(angle) + shift;
        points[2 * i + 1] = r * StrictMath.sin(angle);
      }
      polygon(points);
    }

    /** Corners x, y, x, y, ... */
    void polygon(double... points) {
      int corners = points.length / 2;
      int[] xs = new int[corners];
      int[] ys = new int[corners];
      for (int i = 0; i < corners; i++) {
        double px = points[2 * i] * radius;
        double py = points[2 * i + 1] * radius;
        xs[i] = (int) Math.round(x + cos * px - sin * py);
        ys[i] = (int) Math.round(y + sin * px + cos * py);
      }
      graphics.fillPolygon(xs, ys, corners);
    }
  }
}
