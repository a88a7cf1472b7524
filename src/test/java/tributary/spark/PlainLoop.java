package tributary.spark;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import tributary.config.JobConfig;
import tributary.encode.Encoder;
import tributary.model.Model;
import tributary.models.Models;
import tributary.record.Fused;
import tributary.record.Fuser;
import tributary.record.Recipe;

/**
 * What the job must equal: every record on the driver, one after the other, unsplit, through {@link
 * Fuser}.
 */
final class PlainLoop {
  private PlainLoop() {}

  static Map<String, List<Float>> fuse(JobConfig job, Dataset<Row> table) {
    Prepared prepared = Preflight.check(job, SparkFixture.spark(), table).prepared();
    Model model = prepared.model();
    Cells cells = new Cells(prepared.frame().columns());
    Map<String, Long> limits = new TreeMap<>();
    job.modalities().forEach((m, c) -> limits.put(m, c.maxTokens()));
    Map<String, List<Float>> out = new TreeMap<>();
    try (Encoder encoder =
        Models.encoder(model, tributary.tensor.nd4j.Backends.open(prepared.kernels()))) {
      Fuser fuser =
          new Fuser(new Recipe(model.config(), limits, encoder.subsequenceTokens()), encoder);
      for (Row row : prepared.frame().projected().collectAsList()) {
        String id = Objects.requireNonNull(row.getString(TaskPlan.ID));
        Fused fused = fuser.fuse(List.of(cells.of(row)));
        List<Float> boxed = new java.util.ArrayList<>();
        for (float v : fused.embedding()) {
          boxed.add(v);
        }
        out.put(id, boxed);
      }
    }
    return out;
  }
}
