package tributary.spark;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import tributary.codec.CodecProcesses;
import tributary.config.JobConfig;
import tributary.model.ModelConfig;
import tributary.read.CodecLibrary;
import tributary.record.Recipe;
import tributary.spark.roots.RootPlan;
import tributary.tensor.nd4j.Kernels;

/**
 * What a task must know; made on the driver, sent with each task (small). The weights travel apart,
 * once an executor.
 *
 * @param modelHash key of the JVM's model
 * @param modelConfig canonical JSON
 * @param weightsFile name under SparkFiles; empty where tasks run in the driver's JVM and take its
 *     model
 * @param encoders what makes the encoder
 * @param kernels resolved: cpu, cuda or java; a task adds the GPU that it was given
 * @param reading how rows become records
 * @param checkpoint where finished records are put down; null for nowhere
 * @param roots where what single modalities come to is found and put down; null for nowhere
 */
record TaskPlan(
    String modelHash,
    String modelConfig,
    String weightsFile,
    EncoderSource encoders,
    Kernels kernels,
    Reading reading,
    @Nullable CheckpointPlan checkpoint,
    @Nullable RootPlan roots)
    implements Serializable {

  /**
   * How a task makes records of input rows, whatever it does with them then.
   *
   * @param columns where the payloads are in an input row
   * @param idColumn the id as the user named it
   * @param partColumn the part column as the user named it; empty where a record is one row
   * @param batchBytes bytes of tokens that a task holds before it encodes them
   * @param spreadTokens a record with more tokens in one modality is cut and spread
   */
  record Reading(
      List<ColumnPlan> columns,
      String idColumn,
      String partColumn,
      long batchBytes,
      long spreadTokens)
      implements Serializable {
    /** Whether a record may come as several consecutive rows. */
    boolean parts() {
      return !partColumn.isEmpty();
    }

    /** What of a model a task needs to make tokens. */
    Recipe recipe(ModelConfig model, long subsequenceTokens) {
      Map<String, Long> limits = new TreeMap<>();
      columns.forEach(c -> limits.put(c.modality(), c.maxTokens()));
      return new Recipe(model, limits, subsequenceTokens);
    }
  }

  /**
   * One modality's column in the projected input.
   *
   * @param column as the user named it
   * @param field position in the projected row
   * @param form what a cell is
   * @param maxTokens 0 for no limit
   * @param codecs what decodes its payloads where nothing here does
   */
  record ColumnPlan(
      String modality,
      String column,
      int field,
      CellForm form,
      long maxTokens,
      JobConfig.Codecs codecs)
      implements Serializable {
    /** A new reader; what it leaves open is closed with the task. */
    CellForm.Reader reader() {
      CodecLibrary library = CodecProcesses.of(codecs);
      TaskContext task = TaskContext.get();
      if (task != null && library instanceof CodecProcesses processes) {
        TaskCompletionListener end = over -> processes.close();
        task.addTaskCompletionListener(end);
      }
      return form.reader(library);
    }
  }

  /** Records that a task holds before it encodes them, however small they are. */
  int batchRecords() {
    return 256;
  }

  /** Positions in the projected input row. */
  static final int ID = 0;

  static final int PART = 1;
  static final int KEEP = 2;

  static final int DUPLICATE = 3;

  /** The bytes of an id that is no text, hexadecimal; its field {@link #ID} is null. */
  static final int BAD_ID = 4;

  /** The first of the columns of modalities. */
  static final int MODALITIES = 5;
}
