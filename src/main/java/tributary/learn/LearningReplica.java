package tributary.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.base.Closing;
import tributary.encode.Learner;
import tributary.encode.Learner.Fused;
import tributary.encode.Learner.View;
import tributary.encode.Learner.Wanted;
import tributary.encode.Rows;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tape;
import tributary.tensor.Tensor;

/**
 * A model that learns by {@link Objectives}: the shards' forward and backward passes, the step that
 * all replicas take alike. Lives in a task, used by one thread; native memory is one scope for each
 * shard that is between its two passes, kept from step to step, and the weights.
 */
public final class LearningReplica implements Replica {
  /** Makes the model for learning: `Models::learner`, which this package can't know. */
  public interface Family {
    /** A learner that the replica closes. */
    Learner learner(Model model, Backend backend);
  }

  private final LearningSettings settings;
  private final Batches batches;
  private final RunIdentity identity;
  private final SortedMap<String, ModalitySpec> modalities;
  private final Learner learner;
  private final @Nullable ContrastHead head;
  private final @Nullable ClassHead classes;
  private final List<Weights> learnt = new ArrayList<>(); // the learner's, then the heads'
  private final Measures measures;
  private final ContrastLoss contrast;
  private final RecordViews views;
  private final Parameters parameters;
  private final Optimiser optimiser;
  private final float[] weights; // [P]
  private final SortedSet<Integer> own = new TreeSet<>(); // shards of the step
  private final Map<Integer, Pass> passes =
      new HashMap<>(); // by shard, kept between its two passes
  private final Scope memory; // of all steps: what one gives back the next takes
  private @Nullable Together together;
  private double norm;

  /** The contrast of a step's whole batch, which each of its shards takes its part of. */
  private record Together(long step, ContrastLoss.Batch all) {}

  /**
   * @param start the model before the first step
   * @throws IllegalArgumentException where settings and model do not fit
   */
  public LearningReplica(
      Model start,
      Family family,
      Backend backend,
      LearningSettings settings,
      Batches batches,
      RunIdentity identity) {
    this.settings = settings;
    this.batches = batches;
    this.identity = identity;
    this.modalities = new TreeMap<>(start.config().modalities());
    Objectives objectives = settings.objectives();
    this.learner = family.learner(start, backend);
    try {
      this.views = views(settings, learner);
    } catch (IllegalArgumentException e) {
      learner.close();
      throw e;
    }
    Map<String, Weight> all = new TreeMap<>(start.weights());
    long seed = settings.seed();
    int dim = learner.embeddingDim();
    learnt.add(learner.weights());
    Map<String, Weight> compared = ContrastHead.initial(seed, dim, objectives.contrast());
    this.head = objectives.contrasts() ? new ContrastHead(compared, backend) : null;
    if (head != null) {
      all.putAll(compared);
      learnt.add(head.weights());
    }
    if (objectives.classification() > 0) {
      Map<String, Weight> told = ClassHead.initial(seed, dim, objectives.labels().classes().size());
      all.putAll(told);
      this.classes = new ClassHead(told, backend);
      learnt.add(classes.weights());
    } else {
      this.classes = null;
    }
    all.keySet().removeIf(settings::frozen);
    this.parameters = Parameters.ofWeights(all);
    this.weights = parameters.pack(all);
    this.optimiser = settings.start(parameters);
    List<String> names = List.copyOf(modalities.keySet());
    this.memory = backend.open(0);
    this.measures = new Measures(objectives, names);
    this.contrast = new ContrastLoss(objectives, names, measures);
  }

  /** How records are looked at, where settings and model fit. */
  private static RecordViews views(LearningSettings settings, Learner learner) {
    Objectives o = settings.objectives();
    List<String> problems = Learnable.of(learner).problems(o.masked(), o.tokensPerRecord());
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
    return RecordViews.of(settings, learner);
  }

  /** The names behind the loss sums. */
  public Measures named() {
    return measures;
  }

  /** Before it was clipped. */
  @Override
  public double gradientNorm() {
    return norm;
  }

  @Override
  public int parameters() {
    return parameters.size();
  }

  /** Losses of the step, then those of the validation after it. */
  @Override
  public int measures() {
    return 2 * measures.length();
  }

  /** One shard between its passes. */
  private final class Pass implements AutoCloseable {
    final List<LearningRecord> records;
    final Scope scope = memory.inner();
    final Tape tape;
    final List<RecordViews.Hiding> hidings = new ArrayList<>();
    final List<View> looks = new ArrayList<>();
    final List<SortedSet<String>> together = new ArrayList<>(); // of the looks for contrast
    final ClassLoss labelled;
    final Learner.@Nullable Encoded encoded;
    final Map<Fused, Integer> rows = new LinkedHashMap<>(); // of what is compared
    @Nullable Tensor compared; // [rows, 1, dim]
    float[] units = new float[0]; // [rows, dim]
    float[] lengths = new float[0]; // [rows]

    /** A record without any tokens teaches nothing. */
    Pass(List<LearningRecord> given, int epoch, boolean learns) {
      records = given.stream().filter(r -> !r.tokens().isEmpty()).toList();
      List<Tensor> watched = new ArrayList<>();
      if (learns) {
        learnt.forEach(w -> watched.addAll(w.tensors()));
      }
      tape = new Tape(scope, watched);
      for (LearningRecord record : records) {
        if (settings.objectives().contrasts()) {
          for (int number = 0; number < 2; number++) {
            RecordViews.Looking looking = views.contrast(record, epoch, number);
            looks.add(looking.view());
            together.add(looking.together());
          }
        }
      }
      if (settings.objectives().masked() > 0) {
        records.forEach(r -> hidings.add(views.masked(r, epoch)));
        hidings.forEach(h -> looks.add(h.view()));
      }
      List<LearningRecord> told = classes == null ? List.of() : records;
      labelled = new ClassLoss(settings.objectives(), told, views, epoch, looks);
      encoded = looks.isEmpty() ? null : learner.encode(tape, looks);
    }

    /** Number of a record's view for masked auto-encoding. */
    int hiding(int record) {
      return (settings.objectives().contrasts() ? 2 * records.size() : 0) + record;
    }

    @Override
    public void close() {
      scope.close();
    }
  }

  @Override
  public float[] forward(long step, int shard) {
    Pass before = passes.remove(shard);
    if (before != null) {
      before.close();
    }
    own.add(shard);
    if (!settings.objectives().contrasts()) {
      return new float[0];
    }
    Pass pass = pass(step, shard);
    float[] met = forward(step, pass);
    if (settings.recomputes()) {
      pass.close();
    } else {
      passes.put(shard, pass);
    }
    return met;
  }

  private Pass pass(long step, int shard) {
    return new Pass(batches.records(step, shard), batches.epoch(step), true);
  }

  /**
   * What forward kept; made now where it kept nothing (for contrast: Gao et al. 2021, GradCache).
   */
  private Pass kept(long step, int shard) {
    Pass kept = passes.remove(shard);
    if (kept != null) {
      return kept;
    }
    if (!own.contains(shard)) {
      throw new IllegalStateException(
          "Cannot go back through shard " + shard + ": not forward yet");
    }
    Pass pass = pass(step, shard);
    try {
      forward(step, pass);
      return pass;
    } catch (RuntimeException e) {
      pass.close();
      throw e;
    }
  }

  private float[] forward(long step, Pass pass) {
    Learner.Encoded encoded = pass.encoded;
    ContrastHead own = head;
    if (encoded == null || own == null) {
      return new float[0];
    }
    for (int r = 0; r < pass.records.size(); r++) {
      for (int v = 0; v < 2; v++) {
        SortedSet<String> names = pass.together.get(2 * r + v);
        for (String name : pass.looks.get(2 * r + v).modalities().keySet()) {
          pass.rows.putIfAbsent(
              new Fused(2 * r + v, new TreeSet<>(List.of(name))), pass.rows.size());
        }
        pass.rows.putIfAbsent(new Fused(2 * r + v, names), pass.rows.size());
      }
    }
    Tensor made = encoded.embeddings(List.copyOf(pass.rows.keySet()));
    Tensor compared = own.apply(pass.tape, made);
    pass.compared = compared;
    pass.units = pass.tape.read(compared);
    pass.lengths = new float[pass.rows.size()];
    pass.rows.forEach((fused, row) -> normalize(step, pass, fused, row));
    return met(pass);
  }

  /** Makes a row a unit vector. */
  private void normalize(long step, Pass pass, Fused fused, int row) {
    int d = settings.objectives().contrast().dim();
    double squares = 0;
    for (int c = 0; c < d; c++) {
      squares += (double) pass.units[row * d + c] * pass.units[row * d + c];
    }
    if (!(squares < Double.POSITIVE_INFINITY)) {
      throw LearningStopped.at(
          step, "the embedding", pass.records.get(fused.view() / 2), fused.modalities());
    }
    float length = (float) Math.sqrt(squares + 1e-12);
    pass.lengths[row] = length;
    for (int c = 0; c < d; c++) {
      pass.units[row * d + c] /= length;
    }
  }

  /** The places of a record's row that a compared row is in. */
  private List<Integer> places(Pass pass, Fused fused) {
    int view = fused.view() % 2;
    List<Integer> places = new ArrayList<>();
    if (fused.modalities().size() == 1) {
      int m = List.copyOf(modalities.keySet()).indexOf(fused.modalities().first());
      places.add(contrast.place(view, m));
    }
    if (fused.modalities().equals(pass.together.get(fused.view()))) {
      places.add(contrast.place(view, modalities.size()));
    }
    return places;
  }

  private float[] met(Pass pass) {
    int d = settings.objectives().contrast().dim();
    float[] met = new float[pass.records.size() * contrast.rowFloats()];
    pass.rows.forEach(
        (fused, row) -> {
          for (int place : places(pass, fused)) {
            int at = fused.view() / 2 * contrast.rowFloats() + place * (1 + d);
            met[at] = 1;
            System.arraycopy(pass.units, row * d, met, at + 1, d);
          }
        });
    return met;
  }

  @Override
  public double[] backward(long step, int shard, List<float[]> met, float[] gradient) {
    double[] sums = new double[measures.length()];
    Arrays.fill(gradient, 0);
    backward(step, shard, met, gradient, sums);
    double[] both = Arrays.copyOf(sums, 2 * sums.length);
    System.arraycopy(validation(step, shard), 0, both, sums.length, sums.length);
    return both;
  }

  /**
   * Losses of a few records that are held out, with the weights from before the step; they are
   * looked at as in epoch 0 each time. Contrast is among those of the shard.
   */
  private double[] validation(long step, int shard) {
    double[] sums = new double[measures.length()];
    List<LearningRecord> records = batches.validation(step, shard);
    if (records.isEmpty()) {
      return sums;
    }
    try (Pass pass = new Pass(records, 0, false)) {
      float[] met = forward(step, pass);
      if (pass.compared != null) {
        contrast.backward(List.of(met), Set.of(0)).of(0, sums);
      }
      if (settings.objectives().masked() > 0) {
        masked(step, pass, sums);
      }
      classes(step, pass, sums);
    }
    return sums;
  }

  private void backward(long step, int shard, List<float[]> met, float[] gradient, double[] sums) {
    try (Pass pass = kept(step, shard)) {
      if (pass.encoded == null) {
        return;
      }
      if (pass.compared != null) {
        contrast(pass, together(step, shard, met).of(shard, sums));
      }
      if (settings.objectives().masked() > 0) {
        masked(step, pass, sums);
      }
      classes(step, pass, sums);
      pass.tape.backward();
      learnt.forEach(w -> w.gradients(pass.tape, parameters::offset, gradient));
    }
  }

  /** The step's contrast, computed once for this shard and those that are still to go back. */
  private ContrastLoss.Batch together(long step, int shard, List<float[]> met) {
    Together known = together;
    if (known == null || known.step() != step || !known.all().has(shard)) {
      known = new Together(step, contrast.backward(met, own));
      together = known;
    }
    return known.all();
  }

  /** From the gradient by the unit vectors to that by what was made: (du - u (u . du)) / length. */
  private void contrast(Pass pass, float[] byRow) {
    int d = settings.objectives().contrast().dim();
    float[] dy = new float[pass.units.length];
    pass.rows.forEach(
        (fused, row) -> {
          for (int place : places(pass, fused)) {
            int at = fused.view() / 2 * contrast.rowFloats() + place * (1 + d) + 1;
            for (int c = 0; c < d; c++) {
              dy[row * d + c] += byRow[at + c];
            }
          }
          double along = 0;
          for (int c = 0; c < d; c++) {
            along += (double) dy[row * d + c] * pass.units[row * d + c];
          }
          for (int c = 0; c < d; c++) {
            double across = dy[row * d + c] - along * pass.units[row * d + c];
            dy[row * d + c] = (float) (across / pass.lengths[row]);
          }
        });
    pass.tape.seed(Objects.requireNonNull(pass.compared), dy);
  }

  private void classes(long step, Pass pass, double[] sums) {
    if (classes == null || pass.encoded == null || pass.labelled.isEmpty()) {
      return;
    }
    Tensor logits = pass.labelled.logits(pass.tape, classes, pass.encoded);
    float[] values = pass.tape.read(logits);
    float[] dy = pass.labelled.backward(step, values, batches.batch(), measures, sums);
    pass.tape.seed(logits, dy);
  }

  /** Of each record the mean over its modalities with hidden tokens; of the batch the mean. */
  private void masked(long step, Pass pass, double[] sums) {
    double[] losses = new double[pass.records.size()];
    for (Map.Entry<String, ModalitySpec> modality : modalities.entrySet()) {
      String name = modality.getKey();
      List<Wanted> wanted = new ArrayList<>();
      List<Integer> owners = new ArrayList<>();
      for (int r = 0; r < pass.records.size(); r++) {
        int[] hidden = pass.hidings.get(r).hidden().get(name);
        if (hidden != null) {
          SortedSet<String> seen = new TreeSet<>(pass.hidings.get(r).view().modalities().keySet());
          wanted.add(new Wanted(new Fused(pass.hiding(r), seen), hidden));
          owners.add(r);
        }
      }
      if (!wanted.isEmpty()) {
        reconstruct(step, pass, name, modality.getValue(), wanted, owners, losses, sums);
      }
    }
    for (int r = 0; r < losses.length; r++) {
      if (!pass.hidings.get(r).hidden().isEmpty()) {
        measures.add(sums, Measures.MASKED, losses[r]);
      }
    }
  }

  private void reconstruct(
      long step,
      Pass pass,
      String name,
      ModalitySpec spec,
      List<Wanted> wanted,
      List<Integer> owners,
      double[] losses,
      double[] sums) {
    Tensor tokens = Objects.requireNonNull(pass.encoded).reconstruct(name, wanted);
    float[] made = pass.tape.read(tokens);
    float[] dy = new float[made.length];
    int at = 0;
    for (int k = 0; k < wanted.size(); k++) {
      int r = owners.get(k);
      LearningRecord record = pass.records.get(r);
      int[] hidden = wanted.get(k).tokens();
      int parts = pass.hidings.get(r).hidden().size();
      Rows truth = Rows.of(Objects.requireNonNull(record.tokens().get(name)), spec);
      double scale = settings.objectives().masked() / parts / batches.batch();
      boolean normalize = settings.objectives().masking().normalize();
      double loss = MaskedLoss.of(spec, truth, hidden, made, at, normalize, scale, dy);
      if (!(loss < Double.POSITIVE_INFINITY)) {
        throw LearningStopped.at(step, "the masked loss", record, new TreeSet<>(List.of(name)));
      }
      measures.add(sums, Measures.MASKED + "/" + name, loss);
      losses[r] += loss / parts;
      at += hidden.length * spec.channels();
    }
    pass.tape.seed(tokens, dy);
  }

  @Override
  public void update(long step, float[] gradient, double[] losses) {
    norm = GradientNorm.clip(gradient, settings.clip());
    if (!(norm < Double.POSITIVE_INFINITY)) {
      throw new LearningStopped(
          "Cannot go on learning at step "
              + step
              + ": the gradient is not finite, by "
              + unfinite(gradient)
              + " (the last checkpoint is as it was; to try a lower rate take another folder of checkpoints)");
    }
    optimiser.step(step - 1, weights, gradient, settings.schedule().rate(step - 1));
    give();
  }

  /** The first weight whose gradient is not finite. */
  private String unfinite(float[] gradient) {
    for (Parameters.Tensor t : parameters.tensors()) {
      for (int i = t.offset(); i < t.end(); i++) {
        if (!Float.isFinite(gradient[i])) {
          return t.name();
        }
      }
    }
    return "its length alone";
  }

  /** Gives the kernels the weights that were learnt. */
  private void give() {
    together = null;
    own.clear();
    learnt.forEach(w -> w.update(parameters::offset, weights));
  }

  /**
   * What tells the classes, of weights that were learnt.
   *
   * @param model hash of the model that they were learnt with
   * @param all with those of the head among them
   */
  public static Classifier classifier(
      LearningSettings settings, String model, Map<String, Weight> all) {
    Objectives.Labels labels = settings.objectives().labels();
    return ClassHead.classifier(all, model, labels.label(), labels.classes());
  }

  /** What is learnt now, by name: the model's weights and the objectives' own. */
  public Map<String, Weight> weights() {
    return parameters.unpack(weights);
  }

  @Override
  public Checkpoint state(long step) {
    return Checkpoint.of(step, identity, weights()).withMoments(optimiser.moments());
  }

  @Override
  public void restore(Checkpoint checkpoint) {
    float[] stored = parameters.pack(checkpoint.weights());
    System.arraycopy(stored, 0, weights, 0, stored.length);
    optimiser.restore(checkpoint.moments());
    give();
  }

  @Override
  public void close() {
    List<AutoCloseable> all = new ArrayList<>(passes.values());
    passes.clear();
    all.add(memory);
    all.add(learner);
    if (head != null) {
      all.add(head);
    }
    if (classes != null) {
      all.add(classes);
    }
    Closing.all(all);
  }
}
