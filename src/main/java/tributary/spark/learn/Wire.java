package tributary.spark.learn;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.crypto.AuthClientBootstrap;
import org.apache.spark.network.crypto.AuthServerBootstrap;
import org.apache.spark.network.protocol.OneWayMessage;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;
import tributary.base.Closing;
import tributary.spark.learn.Message.Kind;

/**
 * Connections of a room to those of other JVMs: Spark's transport (Netty), so that its secret,
 * encryption and TLS hold here, too. One connection for each direction: what arrives on one is in
 * order, its end the last of it. JVM-wide, of one attempt.
 */
final class Wire implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("tributary");

  /** How long what was sent may take to leave at the end. */
  private static final long FLUSH_SECONDS = 10;

  /** What a room hears; called by the wire's threads. */
  interface Listener {
    void heard(Message message);

    /** A connection that began with a greeting of that task has ended. */
    void lost(int task, String reason);
  }

  private final Frames frames;
  private final Listener listener;
  private final TransportContext context;
  private final TransportClientFactory clients;
  private final TransportServer server;
  private final String host;

  /**
   * Listens at the executor's own address, at any port.
   *
   * @throws RuntimeException of Spark's where the address is none of this machine's
   */
  Wire(WireSettings settings, Frames frames, Listener listener) {
    this.frames = frames;
    this.listener = listener;
    this.host = settings.host();
    this.context = new TransportContext(settings.conf(), new Ear());
    this.server =
        context.createServer(
            host,
            0,
            settings.secret().stream()
                .map(s -> new AuthServerBootstrap(settings.conf(), s.keys()))
                .collect(Collectors.toList()));
    this.clients =
        context.createClientFactory(
            settings.secret().stream()
                .map(s -> new AuthClientBootstrap(settings.conf(), s.application(), s.keys()))
                .collect(Collectors.toList()));
    LOG.log(
        System.Logger.Level.INFO,
        "Gradients are exchanged at {0}:{1}, {2}",
        host,
        Integer.toString(server.getPort()),
        settings.secret().isPresent()
            ? "authenticated as Spark is"
            : "open as Spark is (spark.authenticate is false)");
  }

  int port() {
    return server.getPort();
  }

  /** One that only speaks to another room. */
  TransportClient connect(Address to) {
    try {
      return clients.createClient(to.host(), to.port());
    } catch (IOException e) {
      throw new IllegalStateException("Cannot reach " + to.text() + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot reach " + to.text() + ": interrupted", e);
    }
  }

  /**
   * Gives a message on its way; the listener hears of it where it can't leave. A farewell that
   * can't is no loss: the other room may have gone before, and what it had to say, its own farewell
   * the last of it, may still be on its way here.
   */
  ChannelFuture send(TransportClient to, int task, Message message) {
    ChannelFuture sent = write(to.getChannel(), frames.bytes(message));
    if (message.header().kind() == Kind.BYE) {
      return sent;
    }
    return sent.addListener(
        f -> {
          if (!f.isSuccess()) {
            listener.lost(task, "nothing could be sent: " + f.cause());
          }
        });
  }

  static ChannelFuture write(Channel channel, ByteBuffer bytes) {
    return channel.writeAndFlush(new OneWayMessage(new NioManagedBuffer(bytes)));
  }

  /** Waits until all that was sent before has left, or can't. */
  void flush(List<ChannelFuture> last) {
    for (ChannelFuture f : last) {
      f.awaitUninterruptibly(FLUSH_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    Closing.all(clients, server, context);
  }

  /** Hears what others send. */
  private final class Ear extends RpcHandler {
    private final StreamManager none = new OneForOneStreamManager();

    /** The first task of the room at the other end, once it has greeted. */
    private final Map<Channel, Integer> known = new ConcurrentHashMap<>();

    @Override
    public void receive(TransportClient from, ByteBuffer message) {
      byte[] bytes = new byte[message.remaining()];
      message.get(bytes);
      try {
        Message m = frames.read(bytes);
        if (m.header().kind() == Kind.HELLO) {
          known.put(from.getChannel(), m.header().from());
        } else if (known.containsKey(from.getChannel())) {
          listener.heard(m);
        } else {
          throw new IllegalStateException(
              "Cannot read exchange: " + m.header().kind() + " (expected HELLO)");
        }
      } catch (RuntimeException e) {
        refuse(from, e);
      }
    }

    /** A stranger is turned away; of one of ours, the run can't go on. */
    private void refuse(TransportClient from, RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "Refused from " + from.getSocketAddress(), e);
      Integer task = known.remove(from.getChannel());
      if (task != null) {
        listener.lost(task, String.valueOf(e.getMessage()));
      }
      from.getChannel().close();
    }

    @Override
    public void receive(TransportClient from, ByteBuffer message, RpcResponseCallback answer) {
      answer.onFailure(
          new UnsupportedOperationException("Cannot answer: nothing can be asked here"));
    }

    @Override
    public StreamManager getStreamManager() {
      return none;
    }

    @Override
    public void channelInactive(TransportClient from) {
      Integer task = known.remove(from.getChannel());
      if (task != null) {
        listener.lost(task, "its connection from " + from.getSocketAddress() + " has ended");
      }
    }
  }
}
