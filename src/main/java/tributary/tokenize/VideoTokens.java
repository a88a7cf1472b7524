package tributary.tokenize;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tributary.model.ModalitySpec;
import tributary.read.Rejected;
import tributary.read.Signal;

/**
 * The layers of one video. Holds one layer and the patches of one frame, whatever the length; opens
 * the video at the first pull and closes it at the end or at a fault.
 */
final class VideoTokens implements Tokens {
  private final ModalitySpec.Video spec;
  private final Canvas canvas;
  private final Signal.Video video;
  private Signal.@Nullable FrameStream stream;
  private Signal.@Nullable Image last;
  private float[] patches = {}; // [places, patch, patch, 3], of the last frame
  private @Nullable Tokens layer;
  private boolean ended;

  VideoTokens(ModalitySpec.Video spec, Canvas canvas, Signal.Video video) {
    this.spec = spec;
    this.canvas = canvas;
    this.video = video;
  }

  @Override
  public @Nullable TokenBlock next() {
    TokenBlock block = layer == null ? null : layer.next();
    while (block == null && !ended) {
      layer = layer();
      block = layer.next();
    }
    return block;
  }

  private Tokens layer() {
    try {
      return new HeldTokens(spec.channels(), filled());
    } catch (IOException e) {
      Rejected rejected =
          new Rejected(Rejected.Reason.CORRUPT_VIDEO, String.valueOf(e.getMessage()), e);
      close(rejected);
      throw rejected;
    } catch (RuntimeException e) {
      close(e);
      throw e;
    }
  }

  /** [places, frames, patch, patch, 3]; none where no frame is left. */
  private float[] filled() throws IOException {
    Signal.FrameStream from = stream;
    if (from == null) {
      from = video.frames().open(spec.rate());
      stream = from;
    }
    float[] values = {};
    for (int frame = 0; frame < spec.frames(); frame++) {
      Signal.Image image = ended ? null : from.next();
      if (image == null && !ended) {
        ended = true;
        from.close();
      }
      if (frame == 0 && image == null) {
        return values;
      }
      if (image != null && image != last) {
        patches = canvas.patches(image);
        last = image;
      }
      if (frame == 0) {
        values = new float[Math.multiplyExact(patches.length, spec.frames())];
      }
      interleave(frame, values);
    }
    return values;
  }

  private void interleave(int frame, float[] values) {
    int patch = spec.channels() / spec.frames();
    for (int from = 0; from < patches.length; from += patch) {
      System.arraycopy(patches, from, values, from * spec.frames() + frame * patch, patch);
    }
  }

  private void close(RuntimeException fault) {
    ended = true;
    if (stream != null) {
      try {
        stream.close();
      } catch (IOException e) {
        fault.addSuppressed(e);
      }
    }
  }
}
