package tributary.base;

import javax.imageio.ImageIO;

/**
 * ImageIO's readers and writers, those beside us among them, found once per JVM. Its registry is
 * not safe to look through while it changes: whoever asks it calls {@link #find} before.
 */
public final class ImagePlugins {
  static {
    ImageIO.setUseCache(false);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(ImagePlugins.class.getClassLoader());
    try {
      ImageIO.scanForPlugins();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private ImagePlugins() {}

  /** Returns when all are found, whichever thread finds them. */
  public static void find() {
    // The static block has run, or runs, and other threads wait for it.
  }
}
