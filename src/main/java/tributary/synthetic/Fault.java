package tributary.synthetic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;
import tributary.read.Rejected.Reason;

/** The ways in which a record is bad, each in its turn. */
enum Fault {
  CUT_PICTURE(Reason.CORRUPT_IMAGE),
  HUGE_PICTURE(Reason.IMAGE_TOO_LARGE),
  LYING_SOUND(Reason.CORRUPT_AUDIO),
  NAN_VALUE(Reason.NOT_FINITE),
  BROKEN_CAPTION(Reason.NOT_UTF8),
  NULL_ID(Reason.NULL_ID),
  REPEATED_ID(Reason.DUPLICATE_ID),
  INFINITE_VALUE(Reason.NOT_FINITE);

  private static final int IHDR = 12;

  final Reason reason;

  Fault(Reason reason) {
    this.reason = reason;
  }

  boolean inCaption() {
    return this == BROKEN_CAPTION;
  }

  boolean inPicture() {
    return this == CUT_PICTURE || this == HUGE_PICTURE;
  }

  boolean inSound() {
    return this == LYING_SOUND;
  }

  boolean inSeries() {
    return this == NAN_VALUE || this == INFINITE_VALUE;
  }

  /** The caption with a byte in its middle that never stands in UTF-8. */
  byte[] caption(byte[] caption) {
    if (inCaption()) {
      caption[caption.length / 2] = (byte) 0xFF;
    }
    return caption;
  }

  /** Two thirds of the PNG, or one whose (valid) header claims 100,000 x 100,000 pixels. */
  byte[] picture(byte[] png) {
    if (this == CUT_PICTURE) {
      return Arrays.copyOf(png, png.length * 2 / 3);
    }
    if (this == HUGE_PICTURE) {
      ByteBuffer bytes = ByteBuffer.wrap(png).putInt(16, 100_000).putInt(20, 100_000);
      CRC32 crc = new CRC32();
      crc.update(png, IHDR, 17);
      bytes.putInt(IHDR + 17, (int) crc.getValue());
    }
    return png;
  }

  /** A WAV that claims a gigabyte of samples. */
  byte[] sound(byte[] wav) {
    if (inSound()) {
      ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).putInt(4, (1 << 30) + 36);
      ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).putInt(40, 1 << 30);
    }
    return wav;
  }

  /** A value in the middle that is no number, or no finite one. */
  double[] values(double[] values) {
    if (this == NAN_VALUE) {
      values[values.length / 2] = Double.NaN;
    } else if (this == INFINITE_VALUE) {
      values[values.length / 2] = Double.POSITIVE_INFINITY;
    }
    return values;
  }
}
