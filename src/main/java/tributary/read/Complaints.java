package tributary.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;

/**
 * What a decoder says while it carries on. Words about metadata, profiles and stray bytes harm no
 * pixel; words about missing or corrupt data mean that pixels were made up.
 */
final class Complaints implements IIOReadWarningListener {
  private final Format format;
  private final List<String> grave = new ArrayList<>();

  Complaints(Format format) {
    this.format = format;
  }

  @Override
  public void warningOccurred(ImageReader source, String warning) {
    String words = warning.toLowerCase(Locale.ROOT);
    boolean stray = words.contains("extraneous bytes");
    if (words.contains("premature") || (words.contains("corrupt jpeg data") && !stray)) {
      grave.add(warning);
    }
  }

  void refuse() {
    if (!grave.isEmpty()) {
      throw Completeness.corrupt("Cannot read " + format + ": " + grave.get(0));
    }
  }
}
