package tributary.synthetic;

import java.util.List;
import java.util.Random;

/**
 * What all modalities of a record describe. They complete each other: the kind is in all of them,
 * the colour in the picture (and in a quarter of the captions), the pitch in the sound alone, the
 * manner of moving in the series alone.
 */
record Subject(int kind, int colour, int manner, int pitch) {
  static final List<String> KINDS =
      List.of("disc", "square", "triangle", "star", "cross", "ring", "arrow", "crescent");
  static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "purple", "orange");

  /** Circling, bouncing, drifting, shaking. */
  static final int MANNERS = 4;

  /** Octaves above 110 Hz. */
  static final int PITCHES = 4;

  static Subject draw(Random random) {
    return new Subject(
        random.nextInt(KINDS.size()),
        random.nextInt(COLOURS.size()),
        random.nextInt(MANNERS),
        random.nextInt(PITCHES));
  }

  String kindName() {
    return KINDS.get(kind);
  }

  String colourName() {
    return COLOURS.get(colour);
  }
}
