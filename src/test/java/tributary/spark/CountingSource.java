package tributary.spark;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import tributary.encode.Encoder;
import tributary.merge.Node;
import tributary.model.Model;
import tributary.models.Models;
import tributary.split.Subsequence;
import tributary.tensor.Backend;

/**
 * The project's own encoder, which counts the records that it finishes in this JVM and fails after
 * so many, as a job does whose driver dies.
 *
 * @param key of its own for each use
 */
record CountingSource(String key, int most) implements EncoderSource {
  private static final AtomicInteger FINISHED = new AtomicInteger();

  /** Starts counting anew. */
  static CountingSource upTo(int most) {
    FINISHED.set(0);
    return new CountingSource("counting-" + System.nanoTime(), most);
  }

  static CountingSource all() {
    return upTo(Integer.MAX_VALUE);
  }

  int finished() {
    return FINISHED.get();
  }

  @Override
  public Encoder of(Model model, Backend backend) {
    return new Counting(Models.encoder(model, backend), most);
  }

  private record Counting(Encoder own, int most) implements Encoder {
    private void count(int records) {
      if (FINISHED.addAndGet(records) > most) {
        throw new IllegalStateException("stopped");
      }
    }

    @Override
    public long subsequenceTokens() {
      return own.subsequenceTokens();
    }

    @Override
    public List<Node> encode(List<Subsequence> subsequences) {
      return own.encode(subsequences);
    }

    @Override
    public float[] finish(Map<String, Iterator<Node>> nodes) {
      count(1);
      return own.finish(nodes);
    }

    @Override
    public List<float[]> finish(List<Map<String, Iterator<Node>>> records) {
      count(records.size());
      return own.finish(records);
    }

    @Override
    public int embeddingDim() {
      return own.embeddingDim();
    }

    @Override
    public void close() {
      own.close();
    }
  }
}
