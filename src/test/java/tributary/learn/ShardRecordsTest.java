package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.split.Subsequence;
import tributary.split.SubsequenceBytes;
import tributary.tokenize.TokenBlock;

/** What goes to a task's disk comes back bit by bit, in any order; what does not fit is refused. */
class ShardRecordsTest {
  private static final SortedMap<String, String> NO_LABELS = new TreeMap<>();

  @TempDir Path folder;

  private static byte[] text(long index, String tokens) {
    TokenBlock block = new TokenBlock.Ids(tokens.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return SubsequenceBytes.write(new Subsequence("text", index, List.of(block)));
  }

  private static byte[] values(long rank) {
    Random random = new Random(rank);
    float[] values = new float[3 * (1 + (int) (rank % 5))];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(random.nextInt());
    }
    return SubsequenceBytes.write(
        new Subsequence("image", 0, List.of(new TokenBlock.Values(3, values))));
  }

  private static byte[] bytes(LearningRecord record, String modality) {
    return SubsequenceBytes.write(java.util.Objects.requireNonNull(record.tokens().get(modality)));
  }

  private static SortedMap<String, Long> counts(Object... named) {
    SortedMap<String, Long> counts = new TreeMap<>();
    for (int i = 0; i < named.length; i += 2) {
      counts.put((String) named[i], ((Number) named[i + 1]).longValue());
    }
    return counts;
  }

  private static void put(ShardWriter writer, long rank) {
    long patches = 1 + rank % 5;
    SortedMap<String, String> labels = new TreeMap<>(java.util.Map.of("label", "l" + rank % 3));
    writer.record(rank, "id" + rank, counts("image", patches, "text", 6), labels);
    writer.piece("id" + rank, values(rank));
    writer.piece("id" + rank, text(0, "ab" + rank % 10 + "d"));
    writer.piece("id" + rank, text(1, "\u00e9"));
  }

  @Test
  void anyRecordComesBackBitByBit() {
    ShardRecords records;
    try (ShardWriter writer = new ShardWriter(101, 8, 2, 4, folder)) {
      for (int shard = 2; shard < 4; shard++) {
        for (long rank = shard; rank < 101; rank += 8) {
          put(writer, rank);
        }
      }
      records = writer.finish();
    }
    try (records) {
      assertThat(records.from()).isEqualTo(2);
      assertThat(records.to()).isEqualTo(4);
      assertThat(records.size(2)).isEqualTo(13);
      Random random = new Random(4);
      for (int i = 0; i < 100; i++) {
        int shard = 2 + random.nextInt(2);
        int index = random.nextInt(records.size(shard));
        long rank = shard + 8L * index;
        LearningRecord record = records.record(shard, index);
        assertThat(record.id()).isEqualTo("id" + rank);
        assertThat(record.rank()).isEqualTo(rank);
        assertThat(record.labels())
            .containsExactlyEntriesOf(java.util.Map.of("label", "l" + rank % 3));
        assertThat(record.tokens().keySet()).containsExactly("image", "text");
        assertThat(bytes(record, "image")).isEqualTo(values(rank));
        assertThat(bytes(record, "text")).isEqualTo(text(0, "ab" + rank % 10 + "d\u00e9"));
        assertThat(records.counts(shard, index))
            .isEqualTo(record.counts())
            .isEqualTo(counts("image", 1 + rank % 5, "text", 6));
      }
    }
  }

  /** Shard 1 of 2 with one record, shard 0 with one; a third would be shard 0's. */
  @Test
  void emptyShardsAndRecordsAreLegal() {
    try (ShardWriter writer = new ShardWriter(1, 4, 0, 4, folder)) {
      writer.record(0, "", counts(), NO_LABELS);
      try (ShardRecords records = writer.finish()) {
        assertThat(records.record(0, 0).tokens()).isEmpty();
        assertThat(records.record(0, 0).id()).isEmpty();
        assertThat(records.size(3)).isZero();
        assertThatThrownBy(() -> records.record(3, 0))
            .hasMessage("Invalid index: 0 (below 0, the records of shard 3)");
        assertThatThrownBy(() -> records.size(4))
            .hasMessage("Invalid shard: 4 (0 to 3, those of this task)");
      }
    }
  }

  @Test
  void leavesNoFileWhateverEndsTheTask() throws IOException {
    ShardRecords records;
    try (ShardWriter writer = new ShardWriter(1, 1, 0, 1, folder)) {
      put(writer, 0);
      assertThat(files()).isEmpty();
      records = writer.finish();
    }
    assertThat(records.record(0, 0).id()).isEqualTo("id0");
    assertThat(files()).isEmpty();
    records.close();
    assertThatThrownBy(() -> records.record(0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot read records from " + folder + ": ClosedChannelException");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void piecesOfNoRecordAreLeftOut() {
    try (ShardWriter writer = new ShardWriter(1, 1, 0, 1, folder)) {
      writer.piece("gone", text(0, "x"));
      writer.record(0, "here", counts("text", 1), NO_LABELS);
      writer.piece("gone", text(0, "xyz"));
      writer.piece("here", text(0, "a"));
      try (ShardRecords records = writer.finish()) {
        assertThat(records.counts(0, 0)).isEqualTo(counts("text", 1));
      }
    }
  }

  @Test
  void refusesWhatIsMissingOrOutOfOrder() {
    List<String> said = new ArrayList<>();
    refused(said, w -> put(w, 4));
    refused(said, w -> put(w, 3));
    refused(
        said,
        w -> {
          put(w, 0);
          w.finish();
        });
    refused(
        said,
        w -> {
          w.record(0, "a", counts("text", 4), NO_LABELS);
          w.piece("a", text(0, "abc"));
          w.finish();
        });
    refused(
        said,
        w -> {
          w.record(0, "a", counts("text", 6), NO_LABELS);
          w.piece("a", text(0, "abc"));
          w.piece("a", text(2, "abc"));
        });
    assertThat(said)
        .containsExactly(
            "Cannot take record id4: rank 4 (expected 0)",
            "Cannot take record id3: shard 3 (expected 0 to 1)",
            "Cannot take shard 0: 1 records (expected 3)",
            "Cannot take record a: tokens {text=3} (expected {text=4})",
            "Cannot take record a: piece 2 of text (expected 1)");
  }

  private void refused(List<String> said, java.util.function.Consumer<ShardWriter> what) {
    try (ShardWriter writer = new ShardWriter(10, 4, 0, 2, folder)) {
      what.accept(writer);
    } catch (IllegalStateException e) {
      said.add(e.getMessage());
    }
  }

  @Test
  void everyChangedByteOfAFootIsFound() {
    RecordFoot foot =
        new RecordFoot(
            "id \u00e9",
            7,
            new TreeMap<>(java.util.Map.of("label", "kite", "empty", "")),
            List.of(new RecordFoot.Part("text", 1L << 40, List.of(3, 4))));
    byte[] bytes = foot.write();
    assertThat(RecordFoot.read(bytes)).isEqualTo(foot);
    assertThat(foot.bytes()).isEqualTo(7);
    for (int i = 0; i < bytes.length; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= 1;
      assertThatThrownBy(() -> RecordFoot.read(changed))
          .as("byte " + i)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("Cannot read record: ");
    }
  }
}
