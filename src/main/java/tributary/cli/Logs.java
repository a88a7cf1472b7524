package tributary.cli;

import org.slf4j.bridge.SLF4JBridgeHandler;

/** One log: what we say through the JDK's logging goes where Spark's lines go. On the driver. */
final class Logs {
  private Logs() {}

  /** JVM-wide; conf/log4j2.properties decides what is shown from here on. */
  static void join() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
