package tributary.tokenize;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.model.ModalitySpec;
import tributary.read.Rejected;
import tributary.read.Signal;

/**
 * The frames of one sound. Holds one frame, one block and the resampler's window, whatever the
 * length; opens the sound at the first pull and closes it at the end or at a fault.
 */
final class AudioTokens implements Tokens {
  private final ModalitySpec.Audio spec;
  private final LogMel.@Nullable Scratch mel;
  private final Signal.Audio audio;
  private @Nullable Mono sound;
  private boolean ended;

  /** Samples of the current frame; [frame]. */
  private final float[] frame;

  /** Samples of the frame that are there already, from the frame before. */
  private int kept;

  AudioTokens(ModalitySpec.Audio spec, @Nullable LogMel mel, Signal.Audio audio) {
    this.spec = spec;
    this.mel = mel == null ? null : mel.scratch();
    this.audio = audio;
    this.frame = new float[spec.frame()];
  }

  @Override
  public @Nullable TokenBlock next() {
    if (ended) {
      return null;
    }
    try {
      return block();
    } catch (IOException e) {
      Rejected rejected =
          new Rejected(Rejected.Reason.CORRUPT_AUDIO, String.valueOf(e.getMessage()), e);
      close(rejected);
      throw rejected;
    } catch (RuntimeException e) {
      close(e);
      throw e;
    }
  }

  private @Nullable TokenBlock block() throws IOException {
    Mono from = sound;
    if (from == null) {
      from = Resampler.of(MonoMix.open(audio), audio.rate(), spec.rate());
      sound = from;
    }
    int channels = spec.channels();
    int most = RowTokens.blockTokens(channels);
    float[] values = new float[0];
    int tokens = 0;
    while (tokens < most && frame(from)) {
      if (values.length < (tokens + 1) * channels) {
        int room = Math.min(most, Math.max(16, 2 * tokens));
        values = Arrays.copyOf(values, room * channels);
      }
      if (mel == null) {
        System.arraycopy(frame, 0, values, tokens * channels, channels);
      } else {
        mel.write(frame, values, tokens * channels);
      }
      tokens++;
      advance(from);
    }
    return tokens == 0
        ? null
        : new TokenBlock.Values(channels, Arrays.copyOf(values, tokens * channels));
  }

  /** Fills the frame; false if no sample is left that no frame before has held. */
  private boolean frame(Mono from) throws IOException {
    if (ended) {
      return false;
    }
    int read = from.read(frame, kept, frame.length - kept);
    if (read < frame.length - kept) {
      ended = true;
      from.close();
      Arrays.fill(frame, kept + read, frame.length, 0);
    }
    return read > 0;
  }

  /** Moves by one hop: what the next frame shares with this one goes to its start. */
  private void advance(Mono from) throws IOException {
    if (ended) {
      return;
    }
    kept = Math.max(0, frame.length - spec.hop());
    System.arraycopy(frame, frame.length - kept, frame, 0, kept);
    for (int skip = spec.hop() - (frame.length - kept); skip > 0; ) {
      int read = from.read(frame, kept, Math.min(skip, frame.length - kept));
      if (read == 0) {
        return;
      }
      skip -= read;
    }
  }

  private void close(RuntimeException fault) {
    ended = true;
    if (sound != null) {
      try {
        sound.close();
      } catch (IOException e) {
        fault.addSuppressed(e);
      }
    }
  }
}
