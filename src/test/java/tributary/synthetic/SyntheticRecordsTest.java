package tributary.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked
class SyntheticRecordsTest {
  private static final int LONG = 2000;

  @Test
  void aRecordIsAPureFunctionOfItsNumber() {
    SyntheticRecords a = new SyntheticRecords(7, 40, LONG, 0.2, 8);
    SyntheticRecords b = new SyntheticRecords(7, 40, LONG, 0.2, 8);
    for (int i = 39; i >= 0; i--) {
      assertThat(Arrays.deepEquals(parts(a.record(i)), parts(b.record(i)))).isTrue();
    }
    SyntheticRecords other = new SyntheticRecords(8, 40, LONG, 0, 0);
    SyntheticRecords whole = new SyntheticRecords(7, 40, LONG, 0, 0);
    assertThat(other.record(1).sound()).isNotEqualTo(whole.record(1).sound());
    assertThat(whole.record(1).sound()).isNotEqualTo(whole.record(2).sound());
  }

  @Test
  void theSameEverywhere() throws Exception {
    SyntheticRecords records = new SyntheticRecords(1, 50, 500, 0, 0);
    CRC32 captions = new CRC32();
    CRC32 pixels = new CRC32();
    CRC32 sounds = new CRC32();
    CRC32 series = new CRC32();
    for (int i = 0; i < 50; i++) {
      SyntheticRecord record = records.record(i);
      captions.update(record.caption());
      sounds.update(record.sound());
      ByteBuffer bytes = ByteBuffer.allocate(32 * record.times().length);
      DoubleStream.concat(DoubleStream.of(record.times()), DoubleStream.of(record.values()))
          .forEach(bytes::putDouble);
      series.update(bytes.array());
      BufferedImage image = image(record);
      for (int y = 0; y < image.getHeight(); y++) {
        for (int x = 0; x < image.getWidth(); x++) {
          pixels.update(ByteBuffer.allocate(4).putInt(image.getRGB(x, y)).array());
        }
      }
    }
    assertThat(List.of(captions, pixels, sounds, series))
        .extracting(crc -> Long.toHexString(crc.getValue()))
        .containsExactly("96e16631", "18643c7a", "9d03be71", "67759bb");
  }

  @Test
  void everyModalityDescribesTheSubject() throws Exception {
    SyntheticRecords records = new SyntheticRecords(3, 300, LONG, 0, 0);
    Set<String> sublabels = new HashSet<>();
    int coloured = 0;
    for (int i = 0; i < 300; i++) {
      SyntheticRecord record = records.record(i);
      assertThat(record.id()).isEqualTo(String.format("r%08d", i));
      assertThat(record.expectedReason()).isNull();
      assertThat(Subject.KINDS).contains(record.label());
      String colour = record.sublabel().substring(record.label().length() + 1);
      assertThat(Subject.COLOURS).contains(colour);
      sublabels.add(record.sublabel());
      String caption = utf8(record.caption());
      assertThat(caption).contains(record.label());
      coloured += caption.contains(" " + colour) ? 1 : 0;
      BufferedImage image = image(record);
      assertThat(image.getWidth()).isBetween(16, 128);
      assertThat(image.getHeight()).isBetween(16, 128);
      AudioInputStream sound =
          AudioSystem.getAudioInputStream(new ByteArrayInputStream(record.sound()));
      assertThat(sound.getFormat().getSampleSizeInBits()).isEqualTo(16);
      assertThat(sound.getFormat().getChannels()).isBetween(1, 2);
      assertThat(sound.readAllBytes()).hasSize(record.sound().length - 44);
      for (int t = 1; t < record.times().length; t++) {
        assertThat(record.times()[t] > record.times()[t - 1]).isTrue();
      }
      assertThat(record.values()).hasSize(3 * record.times().length);
      assertThat(Arrays.stream(record.values()).allMatch(v -> Math.abs(v) < 2)).isTrue();
    }
    assertThat(sublabels).hasSizeGreaterThan(40);
    assertThat(coloured).isBetween(40, 110);
  }

  @Test
  void theColourIsInThePicture() throws Exception {
    SyntheticRecords records = new SyntheticRecords(4, 200, LONG, 0, 0);
    Map<String, Set<Integer>> seen = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      SyntheticRecord record = records.record(i);
      String colour = record.sublabel().substring(record.label().length() + 1);
      Set<Integer> saturated = new HashSet<>();
      BufferedImage image = image(record);
      for (int y = 0; y < image.getHeight(); y++) {
        for (int x = 0; x < image.getWidth(); x++) {
          int rgb = image.getRGB(x, y) & 0xFFFFFF;
          if (Math.min(rgb >> 16, Math.min(rgb >> 8 & 255, rgb & 255)) < 200) {
            saturated.add(rgb);
          }
        }
      }
      assertThat(saturated).as("record %d", i).hasSize(1);
      seen.computeIfAbsent(colour, c -> new HashSet<>()).addAll(saturated);
    }
    assertThat(seen).hasSize(6).allSatisfy((colour, rgb) -> assertThat(rgb).hasSize(1));
  }

  @ParameterizedTest(name = "up to {0} tokens")
  @CsvSource({"1", "5", "100", "2000", "100000"})
  void everyTenthRecordIsNearTheLimitAndNoneIsBeyond(int limit) throws Exception {
    SyntheticRecords records = new SyntheticRecords(5, 21, limit, 0, 0);
    for (int i = 0; i < 21; i++) {
      SyntheticRecord record = records.record(i);
      utf8(record.caption());
      assertThat(record.caption().length).isBetween(1, limit);
      assertThat(record.times().length).isBetween(1, limit);
      if (i % 10 == 0) {
        assertThat(record.caption().length).isGreaterThan(limit - 64);
        assertThat(record.times().length).isGreaterThanOrEqualTo(limit - limit / 10);
      } else {
        assertThat(record.caption().length).isLessThan(320);
        assertThat(record.times().length).isLessThan(200);
      }
    }
  }

  @Test
  void aModalityIsMissingWithItsProbabilityAndTheOthersStayTheSame() {
    SyntheticRecords whole = new SyntheticRecords(6, 1000, 100, 0, 0);
    SyntheticRecords gaps = new SyntheticRecords(6, 1000, 100, 0.3, 0);
    int[] missing = new int[4];
    Set<Integer> patterns = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      SyntheticRecord a = whole.record(i);
      SyntheticRecord b = gaps.record(i);
      int pattern = 0;
      Object[][] pairs = {
        {a.caption(), b.caption()},
        {a.picture(), b.picture()},
        {a.sound(), b.sound()},
        {a.values(), b.values()}
      };
      for (int m = 0; m < 4; m++) {
        assertThat(pairs[m][0]).isNotNull();
        if (pairs[m][1] == null) {
          missing[m]++;
          pattern |= 1 << m;
        } else {
          assertThat(Objects.deepEquals(pairs[m][0], pairs[m][1])).isTrue();
        }
      }
      assertThat(b.times() == null).isEqualTo(b.values() == null);
      patterns.add(pattern);
    }
    assertThat(patterns).hasSize(16);
    for (int share : missing) {
      assertThat(share / 1000.0).isCloseTo(0.3, within(0.06));
    }
    SyntheticRecord none = new SyntheticRecords(6, 1, 100, 1, 0).record(0);
    assertThat(new Object[] {none.caption(), none.picture(), none.sound(), none.values()})
        .containsOnlyNulls();
  }

  @ParameterizedTest(name = "{1} of {0}")
  @CsvSource({"16,8", "17,8", "100,8", "1000,1", "1000,333", "2,1", "20,10", "101,50"})
  void badRecordsAreSpreadEvenlyAndSayWhy(int count, int bad) {
    SyntheticRecords records = new SyntheticRecords(9, count, 50, 0.5, bad);
    List<Integer> places = new ArrayList<>();
    Map<String, Integer> ids = new HashMap<>();
    List<SyntheticRecord> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(records.record(i));
      ids.merge(String.valueOf(all.get(i).id()), 1, Integer::sum);
    }
    int repeated = 0;
    for (int i = 0; i < count; i++) {
      SyntheticRecord record = all.get(i);
      boolean duplicate = ids.get(String.valueOf(record.id())) > 1 && record.id() != null;
      assertThat("DUPLICATE_ID".equals(record.expectedReason())).isEqualTo(duplicate);
      boolean first = duplicate && record.id().equals(String.format("r%08d", i));
      repeated += duplicate && !first ? 1 : 0;
      if (record.expectedReason() != null && !first) {
        places.add(i);
      }
    }
    assertThat(places).hasSize(bad);
    assertThat(repeated).isEqualTo((bad + 1) / 8);
    for (int j = 1; j < bad; j++) {
      assertThat(places.get(j) - places.get(j - 1)).isBetween(count / bad, count / bad + 1);
    }
  }

  @Test
  void eachFaultIsWhatItSays() {
    SyntheticRecords records = new SyntheticRecords(2, 160, 100, 1, 8);
    List<SyntheticRecord> bad = new ArrayList<>();
    for (int j = 0; j < 8; j++) {
      bad.add(records.record(10 + 20 * j));
    }
    assertThat(bad)
        .extracting(SyntheticRecord::expectedReason)
        .containsExactly(
            "CORRUPT_IMAGE",
            "IMAGE_TOO_LARGE",
            "CORRUPT_AUDIO",
            "NOT_FINITE",
            "NOT_UTF8",
            "NULL_ID",
            "DUPLICATE_ID",
            "NOT_FINITE");
    assertThatThrownBy(() -> image(bad.get(0))).isInstanceOf(java.io.IOException.class);
    assertThat(ByteBuffer.wrap(bad.get(1).picture()).getInt(16)).isEqualTo(100_000);
    assertThat(Integer.reverseBytes(ByteBuffer.wrap(bad.get(2).sound()).getInt(40)))
        .isGreaterThan(bad.get(2).sound().length);
    assertThat(Arrays.stream(bad.get(3).values()).filter(Double::isNaN)).hasSize(1);
    assertThatThrownBy(() -> utf8(bad.get(4).caption()))
        .isInstanceOf(CharacterCodingException.class);
    assertThat(bad.get(5).id()).isNull();
    assertThat(bad.get(6).id()).isEqualTo("r00000129").isEqualTo(records.record(129).id());
    assertThat(records.record(129).expectedReason()).isEqualTo("DUPLICATE_ID");
    assertThat(Arrays.stream(bad.get(7).values()).filter(Double::isInfinite)).hasSize(1);
  }

  @Test
  void refusesParametersOutOfRange() {
    assertThatThrownBy(() -> new SyntheticRecords(1, -1, 1, 0, 0))
        .hasMessage("Invalid records: -1 (0 to 2000000000)");
    assertThatThrownBy(() -> new SyntheticRecords(1, 1, 0, 0, 0))
        .hasMessage("Invalid long: 0 (at least 1 token)");
    assertThatThrownBy(() -> new SyntheticRecords(1, 1, 1, Double.NaN, 0))
        .hasMessage("Invalid missing: NaN (0 to 1)");
    assertThatThrownBy(() -> new SyntheticRecords(1, 9, 1, 0, 5))
        .hasMessage("Invalid bad: 5 (0 to half of 9 records)");
    assertThatThrownBy(() -> new SyntheticRecords(1, 9, 1, 0, 0).record(9))
        .hasMessage("Invalid record: 9 (0 to 8)");
  }

  private static Object[] parts(SyntheticRecord r) {
    return new Object[] {
      r.id(),
      r.caption(),
      r.picture(),
      r.sound(),
      r.times(),
      r.values(),
      r.label(),
      r.sublabel(),
      r.expectedReason()
    };
  }

  private static BufferedImage image(SyntheticRecord record) throws java.io.IOException {
    return ImageIO.read(new ByteArrayInputStream(record.picture()));
  }

  private static String utf8(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }
}
