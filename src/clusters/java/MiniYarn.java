import java.io.File;
import java.io.FileOutputStream;
import java.io.OutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * A YARN of one resource manager and one node manager until the standard input ends: java -cp JARS
 * MiniYarn.java FOLDER. FOLDER gets yarn-site.xml and core-site.xml, a HADOOP_CONF_DIR; `ready` is
 * printed when it takes applications.
 */
public final class MiniYarn {
  private MiniYarn() {}

  public static void main(String[] args) throws Exception {
    File folder = new File(args[0]).getAbsoluteFile();
    System.setProperty("test.build.data", new File(folder, "data").getPath());
    YarnConfiguration conf = new YarnConfiguration();
    conf.set("fs.defaultFS", new File(folder, "fs").toURI().toString());
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 256);
    conf.set("yarn.scheduler.capacity.root.queues", "default");
    conf.set("yarn.scheduler.capacity.root.default.capacity", "100");
    conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1.0");
    conf.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
    conf.setBoolean(YarnConfiguration.NM_PMEM_CHECK_ENABLED, false);
    conf.setBoolean(YarnConfiguration.NM_DISK_HEALTH_CHECK_ENABLE, false);
    conf.setInt(YarnConfiguration.NM_PMEM_MB, 8192);
    conf.setInt(YarnConfiguration.NM_VCORES, 8);
    conf.setInt(YarnConfiguration.RM_NM_HEARTBEAT_INTERVAL_MS, 100);
    // Containers get no environment but this: what the JVM of the node has, too.
    conf.set(
        YarnConfiguration.NM_ADMIN_USER_ENV,
        "JAVA_TOOL_OPTIONS=" + System.getenv().getOrDefault("JAVA_TOOL_OPTIONS", ""));
    conf.setBoolean(YarnConfiguration.YARN_MINICLUSTER_FIXED_PORTS, false);
    conf.setBoolean(YarnConfiguration.YARN_MINICLUSTER_CONTROL_RESOURCE_MONITORING, false);
    // Where logs of containers stay readable when an application has ended.
    conf.setInt(YarnConfiguration.DEBUG_NM_DELETE_DELAY_SEC, 600);
    try (MiniYARNCluster yarn = new MiniYARNCluster("mini", 1, 1, 1)) {
      yarn.init(conf);
      yarn.start();
      yarn.waitForNodeManagersToConnect(60_000);
      Configuration site = new Configuration(yarn.getConfig());
      for (String name : new String[] {"core-site.xml", "yarn-site.xml"}) {
        try (OutputStream out = new FileOutputStream(new File(folder, name))) {
          site.writeXml(out);
        }
      }
      System.out.println("ready");
      while (System.in.read() >= 0) {
        // Until whoever started it is gone.
      }
    }
    System.exit(0);
  }
}
