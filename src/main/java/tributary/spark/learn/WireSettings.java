package tributary.spark.learn;

import java.util.Optional;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.netty.SparkTransportConf;
import org.apache.spark.network.sasl.SecretKeyHolder;
import org.apache.spark.network.util.TransportConf;
import scala.Option;

/**
 * How an executor talks to others: as Spark does, with its threads, buffers, encryption
 * (spark.network.crypto, spark.ssl.rpc) and secret. In executors.
 *
 * @param host to listen at, and to be called by
 * @param secret where Spark's connections are authenticated (spark.authenticate)
 */
record WireSettings(TransportConf conf, String host, Optional<Secret> secret) {
  /** Threads of each direction: a connection has one anyway. */
  private static final int THREADS = 2;

  /** Spark's shared secret of the application. */
  record Secret(String application, SecretKeyHolder keys) {}

  /** Of this executor. */
  static WireSettings here() {
    SparkEnv env = SparkEnv.get();
    String host = env.blockManager().blockManagerId().host();
    return of(env.conf(), env.securityManager(), host);
  }

  static WireSettings of(SparkConf conf, SecurityManager security, String host) {
    TransportConf transport =
        SparkTransportConf.fromSparkConf(
            conf.clone().set("spark.rpc.io.numConnectionsPerPeer", "1"),
            "rpc",
            THREADS,
            Option.empty(),
            Option.apply(security.getRpcSSLOptions()));
    Optional<Secret> secret =
        security.isAuthenticationEnabled()
            ? Optional.of(new Secret(conf.getAppId(), security))
            : Optional.empty();
    return new WireSettings(transport, host, secret);
  }
}
