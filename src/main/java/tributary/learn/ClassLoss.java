package tributary.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tributary.encode.Learner.Encoded;
import tributary.encode.Learner.Fused;
import tributary.encode.Learner.View;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * How well the classes of one shard's records are told: cross-entropy, of the batch the mean over
 * all its records. A record without a label teaches nothing. Used by the replica's thread.
 */
final class ClassLoss {
  private final Objectives objectives;
  private final List<LearningRecord> records = new ArrayList<>(); // those with a label
  private final List<Fused> looks = new ArrayList<>();

  /**
   * @param views to which those of the records are added
   */
  ClassLoss(
      Objectives objectives,
      List<LearningRecord> all,
      RecordViews looking,
      int epoch,
      List<View> views) {
    this.objectives = objectives;
    for (LearningRecord record : all) {
      if (objectives.labels().of(record) >= 0) {
        RecordViews.Looking look = looking.labelled(record, epoch);
        records.add(record);
        looks.add(new Fused(views.size(), look.together()));
        views.add(look.view());
      }
    }
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  /** Logits of the records with a label: [n, 1, classes]. */
  Tensor logits(Scope scope, ClassHead head, Encoded encoded) {
    return head.apply(scope, encoded.embeddings(looks));
  }

  /**
   * Adds up the losses.
   *
   * @param logits [n, classes]
   * @param batch records of the step
   * @param sums to which they are added
   * @return the gradient of the batch's loss by the logits
   * @throws LearningStopped where one is no finite number
   */
  float[] backward(long step, float[] logits, int batch, Measures measures, double[] sums) {
    Objectives.Labels labels = objectives.labels();
    int n = labels.classes().size();
    float[] gradient = new float[logits.length];
    double scale = objectives.classification() / batch;
    for (int r = 0; r < records.size(); r++) {
      int target = labels.of(records.get(r));
      double loss = CrossEntropy.of(logits, r * n, n, target, labels.smoothing(), scale, gradient);
      if (!(loss < Double.POSITIVE_INFINITY)) {
        throw LearningStopped.at(
            step,
            "the classification loss",
            records.get(r),
            new TreeSet<>(looks.get(r).modalities()));
      }
      measures.add(sums, Measures.CLASSES, loss);
      measures.add(sums, Measures.ACCURACY, most(logits, r * n, n) == target ? 1 : 0);
    }
    return gradient;
  }

  /** The place of the largest of n; of equal ones the first. */
  private static int most(float[] values, int at, int n) {
    int best = 0;
    for (int i = 1; i < n; i++) {
      best = values[at + i] > values[at + best] ? i : best;
    }
    return best;
  }
}
