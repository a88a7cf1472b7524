package tributary.spark.learn;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.encode.Learner;
import tributary.learn.Classifier;
import tributary.learn.HeldOut;
import tributary.learn.LearningRecord;
import tributary.learn.LearningSettings;
import tributary.learn.ShardRecords;
import tributary.learn.probe.Scores;
import tributary.model.Model;
import tributary.models.Models;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;

/**
 * What a fine-tuned model says of all records that are held out. Sent with each task.
 *
 * @param model folder of the model and its classifier, seen by all executors
 * @param hash of the model that the classifier is of
 */
record HeldOutClasses(
    String model, String hash, LearningSettings settings, Kernels kernels, TakeShards shards)
    implements Serializable {
  /** Records that are embedded before their tokens are let go. */
  private static final int TOGETHER = 16;

  /** Of one task: by class, how many there were of it and which classes they were said to be of. */
  @SuppressWarnings("ArrayRecordComponent")
  record Said(int[] labels, int[] classes) implements Serializable {}

  /**
   * How often the classes were told right; null where no held-out record has a label.
   *
   * @param rows of the table, a partition per task
   */
  @Nullable Scores scores(JavaRDD<Row> rows) {
    List<Said> all = rows.mapPartitionsWithIndex(this::say, true).collect();
    int[] labels = all.stream().flatMapToInt(s -> Arrays.stream(s.labels())).toArray();
    int[] said = all.stream().flatMapToInt(s -> Arrays.stream(s.classes())).toArray();
    return labels.length == 0
        ? null
        : Scores.of(labels, said, settings.objectives().labels().classes());
  }

  private Iterator<Said> say(int task, Iterator<Row> rows) {
    Backend backend = Backends.open(kernels);
    Model own = Models.load(Path.of(model));
    Classifier classifier = Classifier.load(Path.of(model), hash);
    List<Integer> labels = new ArrayList<>();
    List<Integer> said = new ArrayList<>();
    try (TaskRecords records = shards.take(task, rows);
        Learner learner = Models.learner(own, backend)) {
      HeldOut heldOut = new HeldOut(learner, backend, own.config().modalities(), settings);
      ShardRecords held = records.heldOut();
      for (int shard = held.from(); shard < held.to(); shard++) {
        for (int from = 0; from < held.size(shard); from += TOGETHER) {
          List<LearningRecord> some = new ArrayList<>();
          for (int i = from; i < Math.min(held.size(shard), from + TOGETHER); i++) {
            some.add(held.record(shard, i));
          }
          for (HeldOut.Embedded e : heldOut.embeddings(some)) {
            int label = classifier.number(e.labels());
            if (label >= 0) {
              labels.add(label);
              said.add(classifier.predict(e.embedding()));
            }
          }
        }
      }
    }
    return List.of(new Said(ints(labels), ints(said))).iterator();
  }

  private static int[] ints(List<Integer> numbers) {
    return numbers.stream().mapToInt(i -> i).toArray();
  }
}
