package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelFuture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.internal.config.package$;
import org.apache.spark.network.client.TransportClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Option;
import tributary.learn.LearningStopped;
import tributary.spark.learn.Message.Header;
import tributary.spark.learn.Message.Kind;

/** Threads as tasks, rooms as JVMs: what is exchanged, and what can go wrong. */
@Timeout(120)
class ExchangeTest {
  private static final int SHARDS = 8;
  private static final UUID RUN = new UUID(1, 2);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What a task does with its exchange. */
  interface Work<T> {
    T with(Exchange exchange, Share share) throws Exception;
  }

  static Stream<String> placements() {
    return Stream.of("A", "AA", "AB", "AAAA", "AABB", "ABBA", "ABCD", "AAAAAAAA", "ABABCCAD");
  }

  /** Each letter a JVM. */
  @ParameterizedTest
  @MethodSource("placements")
  void allShardsInOrderAndTheTreesBits(String jvms) throws Exception {
    int parameters = 3 * Exchange.PIECE + 12_345;
    List<float[]> gradients = gradients(parameters);
    float[] expected = PlainLearning.floats(gradients);
    List<float[]> sums =
        run(
            jvms,
            open(),
            (exchange, share) -> {
              Sums.Subtree tree = new Sums.Subtree(parameters);
              float[] sum = new float[0];
              for (int step = 1; step <= 3; step++) {
                exchange.at(step);
                List<float[]> own = new ArrayList<>();
                for (int s = share.first(); s < share.end(); s++) {
                  own.add(new float[] {s, step}.clone());
                }
                List<float[]> met = exchange.gather(own);
                for (int s = 0; s < SHARDS; s++) {
                  assertThat(met.get(s)).containsExactly(s, step);
                }
                for (int s = share.first(); s < share.end(); s++) {
                  float[] x = tree.next();
                  System.arraycopy(gradients.get(s), 0, x, 0, parameters);
                  tree.add(x);
                }
                float[] total = tree.total();
                exchange.sum(total);
                sum = total.clone();
                Arrays.fill(total, Float.NaN);
                tree.reset();
              }
              return sum;
            });
    assertThat(sums).allSatisfy(sum -> assertThat(Arrays.equals(sum, expected)).isTrue());
  }

  @ParameterizedTest
  @MethodSource("placements")
  void lossesHaveTheTreesBits(String jvms) throws Exception {
    List<double[]> leaves = new ArrayList<>();
    Random random = new Random(5);
    for (int s = 0; s < SHARDS; s++) {
      leaves.add(new double[] {random.nextDouble() * Math.pow(10, s), 1e16, -s});
    }
    List<double[]> sums =
        run(
            jvms,
            open(),
            (exchange, share) ->
                exchange.sum(Sums.doubles(leaves.subList(share.first(), share.end()))));
    assertThat(sums).allSatisfy(sum -> assertThat(sum).isEqualTo(Sums.doubles(leaves)));
  }

  /** Fewer floats than tasks, none at all. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 9})
  void shortVectors(int parameters) throws Exception {
    List<float[]> gradients = gradients(parameters);
    float[] expected = PlainLearning.floats(gradients);
    List<float[]> sums =
        run(
            "ABABABAB",
            open(),
            (exchange, share) -> {
              float[] sum = gradients.get(share.task()).clone();
              exchange.sum(sum);
              exchange.barrier();
              return sum;
            });
    assertThat(sums).allSatisfy(sum -> assertThat(sum).isEqualTo(expected));
  }

  /** The order shows: added from left to right, the bits differ. */
  @Test
  void theGradientsTellOrdersApart() {
    List<float[]> gradients = gradients(1000);
    float[] chain = new float[1000];
    gradients.forEach(g -> Sums.add(chain, 0, chain, 0, g, 0, 1000));
    assertThat(Arrays.equals(chain, PlainLearning.floats(gradients))).isFalse();
  }

  @Test
  void aSubtreeNeedsFewVectors() {
    Sums.Subtree tree = new Sums.Subtree(1);
    List<float[]> given = new ArrayList<>();
    for (int shard = 0; shard < 64; shard++) {
      float[] x = tree.next();
      if (given.stream().noneMatch(g -> g == x)) {
        given.add(x);
      }
      x[0] = 1;
      tree.add(x);
    }
    assertThat(tree.total()).containsExactly(64);
    assertThat(given).hasSize(7);
    tree.reset();
    tree.add(tree.next());
    tree.add(tree.next());
    tree.add(tree.next());
    assertThatThrownBy(tree::total).hasMessage("Cannot sum shards: [2, 1] are no whole subtree");
  }

  @Test
  void authenticatedAndEncrypted() throws Exception {
    List<Integer> done =
        run(
            "AB",
            settings(secured("a secret")),
            (exchange, share) -> {
              float[] x = new float[Exchange.PIECE];
              Arrays.fill(x, share.task() + 1);
              exchange.sum(x);
              return (int) x[Exchange.PIECE - 1];
            });
    assertThat(done).containsExactly(3, 3);
  }

  @Test
  void withoutTheSecretNobodyIsHeard() throws Exception {
    Room room = new Room(new Frames(RUN, 0), 2);
    room.enter(0);
    Address address = room.listen(settings(secured("a secret")));
    try (Wire stranger = new Wire(settings(secured("another")), new Frames(RUN, 0), DEAF)) {
      assertThatThrownBy(() -> stranger.connect(address)).isInstanceOf(RuntimeException.class);
    }
    try (Wire stranger = new Wire(open(), new Frames(RUN, 0), DEAF)) {
      TransportClient client = stranger.connect(address);
      stranger.send(client, 0, Message.empty(new Header(Kind.HELLO, 1, -1, 0, 0, 0, 0)));
      stranger.send(client, 0, Message.text(Kind.ABORT, 1, "heard"));
      assertThatThrownBy(() -> client.sendRpcSync(ByteBuffer.allocate(8), PATIENCE.toMillis()))
          .isInstanceOf(RuntimeException.class);
    }
    room.heard(Message.empty(new Header(Kind.BARRIER, 1, 0, 0, 0, 0, 0)));
    assertThat(room.inbox(0).take(1, () -> {}, PATIENCE).header().kind()).isEqualTo(Kind.BARRIER);
    room.leave(0);
  }

  /** One of another run is turned away and harms nobody. */
  @Test
  void anotherRunIsTurnedAway() throws Exception {
    Room room = new Room(new Frames(RUN, 0), 2);
    room.enter(0);
    Address address = room.listen(open());
    try (Wire stranger = new Wire(open(), new Frames(new UUID(3, 4), 0), DEAF)) {
      TransportClient client = stranger.connect(address);
      stranger.send(client, 0, Message.text(Kind.ABORT, 1, "heard")).await(PATIENCE.toMillis());
      client.getChannel().closeFuture().await(PATIENCE.toMillis());
    }
    room.heard(Message.empty(new Header(Kind.BARRIER, 1, 0, 0, 0, 0, 0)));
    assertThat(room.inbox(0).take(1, () -> {}, PATIENCE).header().kind()).isEqualTo(Kind.BARRIER);
    room.leave(0);
  }

  /** A peer that greets rightly, then sends of another attempt: the run can't go on. */
  @Test
  void aWrongHeaderIsToldWithBothSides() throws Exception {
    Room room = new Room(new Frames(RUN, 7), 2);
    room.enter(0);
    Address address = room.listen(open());
    Message hello = Message.empty(new Header(Kind.HELLO, 1, -1, 0, 0, 0, 0));
    Message barrier = Message.empty(new Header(Kind.BARRIER, 1, 0, 0, 0, 0, 0));
    try (Wire peer = new Wire(open(), new Frames(RUN, 7), DEAF)) {
      TransportClient client = peer.connect(address);
      peer.send(client, 0, hello);
      Wire.write(client.getChannel(), new Frames(RUN, 8).bytes(barrier));
      assertThatThrownBy(() -> room.inbox(0).take(1, () -> {}, PATIENCE))
          .isInstanceOf(ExchangeFailed.class)
          .hasMessage("Cannot exchange with task 1: Cannot read exchange: attempt 8 (expected 7)");
      client.getChannel().closeFuture().await(PATIENCE.toMillis());
    }
    room.leave(0);
  }

  @Test
  void oneThatDoesSomethingElseIsToldWithBothSides() {
    assertThatThrownBy(
            () ->
                run(
                    "AB",
                    open(),
                    (exchange, share) -> {
                      exchange.at(5);
                      if (share.task() == 0) {
                        exchange.barrier();
                      } else {
                        exchange.sum(new double[3]);
                      }
                      return 0;
                    }))
        .hasMessageMatching(
            "Cannot exchange with task [01]: (BARRIER at 0 of 0|LOSSES at 0 of 3) elements, step 5,"
                + " round 1 \\(expected (LOSSES at 0 of 3|BARRIER at 0 of 0) elements, step 5,"
                + " round 1\\)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"AA", "AB"})
  void oneThatThrowsWakesAll(String jvms) {
    assertThatThrownBy(
            () ->
                run(
                    jvms,
                    open(),
                    (exchange, share) -> {
                      if (share.task() == 1) {
                        throw new IllegalArgumentException("made to fail");
                      }
                      exchange.barrier();
                      return 0;
                    }))
        .isInstanceOf(ExchangeFailed.class)
        .hasMessage(
            "Cannot exchange with task 1: java.lang.IllegalArgumentException: made to fail");
  }

  @ParameterizedTest
  @ValueSource(strings = {"AA", "AB"})
  void oneThatStopsStopsAll(String jvms) {
    assertThatThrownBy(
            () ->
                run(
                    jvms,
                    open(),
                    (exchange, share) -> {
                      if (share.task() == 1) {
                        exchange.stop("loss NaN");
                        return 0;
                      }
                      exchange.barrier();
                      return 0;
                    }))
        .isInstanceOf(LearningStopped.class)
        .hasMessage("loss NaN");
  }

  @Test
  void oneThatHasEndedIsNotWaitedFor() {
    assertThatThrownBy(
            () ->
                run(
                    "AB",
                    open(),
                    (exchange, share) -> {
                      if (share.task() == 0) {
                        exchange.barrier();
                      }
                      return 0;
                    }))
        .hasMessage("Cannot exchange with task 1: it has ended");
  }

  /** Its connection ends without a goodbye, as when its JVM is killed. */
  @Test
  void aLostPeerIsTold() throws Exception {
    Room room = new Room(new Frames(RUN, 0), 2);
    room.enter(0);
    Address address = room.listen(open());
    try (Wire peer = new Wire(open(), new Frames(RUN, 0), DEAF)) {
      TransportClient client = peer.connect(address);
      peer.send(client, 0, Message.empty(new Header(Kind.HELLO, 1, -1, 0, 0, 0, 0)))
          .await(PATIENCE.toMillis());
    }
    assertThatThrownBy(() -> room.inbox(0).take(1, () -> {}, PATIENCE))
        .hasMessageMatching("Cannot exchange with task 1: its connection from \\S+ has ended");
    room.leave(0);
  }

  /**
   * A room that has all it needs may go first: a farewell that no longer reaches it is no loss, for
   * what it said before may still be on its way on the other connection.
   */
  @Test
  void aFarewellToOneThatHasGoneIsNoLoss() throws Exception {
    List<String> lost = Collections.synchronizedList(new ArrayList<>());
    Wire.Listener listener =
        new Wire.Listener() {
          @Override
          public void heard(Message message) {}

          @Override
          public void lost(int task, String reason) {
            lost.add(task + ": " + reason);
          }
        };
    try (Wire own = new Wire(open(), new Frames(RUN, 0), listener)) {
      TransportClient client;
      try (Wire gone = new Wire(open(), new Frames(RUN, 0), DEAF)) {
        client = own.connect(new Address(RUN, "127.0.0.1", gone.port()));
      }
      client.getChannel().closeFuture().await(PATIENCE.toMillis());
      heardOf(own.send(client, 1, Message.text(Kind.BYE, 0, "")));
      assertThat(lost).isEmpty();
      heardOf(own.send(client, 1, Message.empty(new Header(Kind.BARRIER, 0, -1, 0, 0, 0, 0))));
      assertThat(lost).singleElement().asString().startsWith("1: nothing could be sent: ");
    }
  }

  /** Listeners are called in the order in which they came. */
  private static void heardOf(ChannelFuture sent) throws InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    sent.addListener(f -> told.countDown());
    assertThat(told.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void patienceEnds() {
    Inbox inbox = new Inbox(2);
    assertThatThrownBy(() -> inbox.take(1, () -> {}, Duration.ZERO))
        .hasMessage("Cannot exchange with task 1: nothing came in 0 s");
  }

  @Test
  void aTaskThatSparkEndsWaitsNoLonger() {
    Inbox inbox = new Inbox(2);
    assertThatThrownBy(
            () ->
                inbox.take(
                    1,
                    () -> {
                      throw new IllegalStateException("killed");
                    },
                    PATIENCE))
        .hasMessage("killed");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> inbox.take(1, () -> {}, PATIENCE))
        .hasMessage("Cannot exchange with task 1: interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  private static final Wire.Listener DEAF =
      new Wire.Listener() {
        @Override
        public void heard(Message message) {}

        @Override
        public void lost(int task, String reason) {}
      };

  private static List<float[]> gradients(int parameters) {
    return IntStream.range(0, SHARDS)
        .mapToObj(
            shard -> {
              float[] x = new float[parameters];
              for (int i = 0; i < parameters; i++) {
                x[i] = FakeReplica.noise(1, shard, i);
              }
              return x;
            })
        .toList();
  }

  private static WireSettings open() {
    return settings(new SparkConf(false));
  }

  private static SparkConf secured(String secret) {
    return new SparkConf(false)
        .set("spark.app.id", "exchange-test")
        .set("spark.authenticate", "true")
        .set("spark.authenticate.secret", secret)
        .set("spark.network.crypto.enabled", "true")
        .set("spark.network.auth.rpcTimeout", "2s");
  }

  private static WireSettings settings(SparkConf conf) {
    return WireSettings.of(
        conf,
        new SecurityManager(conf, Option.empty(), package$.MODULE$.AUTH_SECRET_FILE()),
        "127.0.0.1");
  }

  /**
   * As many tasks as letters, each letter a JVM of its own; the results by task.
   *
   * @throws Exception the first that a task threw and nobody told it to
   */
  private static <T> List<T> run(String jvms, WireSettings settings, Work<T> work)
      throws Exception {
    int tasks = jvms.length();
    List<Room> rooms = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      int first = jvms.indexOf(jvms.charAt(task));
      rooms.add(first == task ? new Room(new Frames(RUN, 0), tasks) : rooms.get(first));
      rooms.get(task).enter(task);
    }
    if (jvms.chars().distinct().count() > 1) {
      List<Address> addresses =
          rooms.stream().map(r -> Address.parse(r.listen(settings).text())).toList();
      rooms.forEach(r -> r.connect(addresses));
    }
    ExecutorService threads = Executors.newFixedThreadPool(tasks);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int task = 0; task < tasks; task++) {
        Share share = new Share(task, tasks, SHARDS);
        Room room = rooms.get(task);
        futures.add(
            threads.submit(
                () -> {
                  try (Exchange exchange = new Exchange(room, share, () -> {}, PATIENCE)) {
                    try {
                      return work.with(exchange, share);
                    } catch (RuntimeException | Error e) {
                      exchange.abort(e);
                      throw e;
                    }
                  }
                }));
      }
      List<T> out = new ArrayList<>();
      for (Future<T> future : futures) {
        out.add(future.get());
      }
      return out;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      threads.shutdown();
    }
  }
}
