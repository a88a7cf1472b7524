package tributary.spark.learn;

import io.netty.channel.ChannelFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.spark.network.client.TransportClient;
import org.jspecify.annotations.Nullable;
import tributary.spark.learn.Message.Header;
import tributary.spark.learn.Message.Kind;

/**
 * Where the tasks of one JVM and one attempt meet: they give each other messages by reference, and
 * share the connections to the rooms of other JVMs. For all threads; the wire's threads never wait
 * for one that connects.
 */
final class Room implements Wire.Listener {
  /** Tells rooms apart; no secret. */
  private final UUID id = UUID.randomUUID();

  private final Frames frames;
  private final int tasks;
  private final NavigableMap<Integer, Inbox> inboxes = new ConcurrentSkipListMap<>();

  /** Other rooms; none before they are known. */
  private volatile List<Peer> peers = List.of();

  private volatile @Nullable Wire wire;

  /** Another JVM's room. */
  private record Peer(TransportClient client, Set<Integer> tasks) {
    private int first() {
      return tasks.iterator().next();
    }

    private boolean hears(int task) {
      return task == Message.ALL || tasks.contains(task);
    }
  }

  Room(Frames frames, int tasks) {
    this.frames = frames;
    this.tasks = tasks;
  }

  UUID id() {
    return id;
  }

  void enter(int task) {
    if (inboxes.putIfAbsent(task, new Inbox(tasks)) != null) {
      throw new IllegalStateException("Cannot enter: task " + task + " is here already");
    }
  }

  Inbox inbox(int task) {
    Inbox inbox = inboxes.get(task);
    if (inbox == null) {
      throw new IllegalStateException("Cannot exchange: task " + task + " has not entered");
    }
    return inbox;
  }

  /** Opens a port for other JVMs, once; where there are none, nobody calls this. */
  synchronized Address listen(WireSettings settings) {
    Wire open = wire;
    if (open == null) {
      open = new Wire(settings, frames, this);
      wire = open;
    }
    return new Address(id, settings.host(), open.port());
  }

  /**
   * Connects to the rooms of all tasks, once.
   *
   * @param addresses by task
   */
  synchronized void connect(List<Address> addresses) {
    Wire open = wire;
    if (open == null || !peers.isEmpty()) {
      return;
    }
    Map<Address, Set<Integer>> others = new TreeMap<>(Address.BY_ROOM);
    for (int task = 0; task < tasks; task++) {
      if (!addresses.get(task).room().equals(id)) {
        others.computeIfAbsent(addresses.get(task), a -> new TreeSet<>()).add(task);
      }
    }
    List<Peer> found = new ArrayList<>();
    others.forEach((to, theirs) -> found.add(new Peer(open.connect(to), theirs)));
    Header hello = new Header(Kind.HELLO, inboxes.firstKey(), Message.ALL, 0, 0, 0, 0);
    found.forEach(p -> open.send(p.client, p.first(), Message.empty(hello)));
    peers = List.copyOf(found);
  }

  /** The other tasks of this JVM. */
  List<Integer> neighbours(int task) {
    return inboxes.keySet().stream().filter(t -> t != task).toList();
  }

  /** To the task that it is for, or to all others: once for each other JVM. */
  void tell(Message message) {
    send(message);
    heard(message);
  }

  private List<ChannelFuture> send(Message message) {
    List<ChannelFuture> sent = new ArrayList<>();
    Wire open = wire;
    if (open != null) {
      for (Peer peer : peers) {
        if (peer.hears(message.header().to())) {
          sent.add(open.send(peer.client, peer.first(), message));
        }
      }
    }
    return sent;
  }

  @Override
  public void heard(Message message) {
    int from = message.header().from();
    int to = message.header().to();
    if (from < 0 || from >= tasks || to < Message.ALL || to >= tasks) {
      throw new IllegalStateException(
          "Cannot read exchange: from %d to %d (expected 0 to %d)".formatted(from, to, tasks - 1));
    }
    inboxes.forEach(
        (task, inbox) -> {
          if (to == Message.ALL ? task != from : task == to) {
            inbox.put(message);
          }
        });
  }

  /** All tasks of its JVM are lost with it; those that have said goodbye are not missed. */
  @Override
  public void lost(int task, String reason) {
    Set<Integer> gone =
        peers.stream().filter(p -> p.hears(task)).map(Peer::tasks).findFirst().orElse(Set.of(task));
    inboxes.values().forEach(inbox -> gone.forEach(t -> inbox.lost(t, reason)));
  }

  /** A task goes; the last one closes what is open to other JVMs. */
  void leave(int task) {
    inboxes.remove(task);
    Message bye = Message.text(Kind.BYE, task, "");
    heard(bye);
    List<ChannelFuture> sent = send(bye);
    closeIfEmpty(sent);
  }

  private synchronized void closeIfEmpty(List<ChannelFuture> sent) {
    Wire open = wire;
    if (inboxes.isEmpty() && open != null) {
      open.flush(sent);
      open.close();
      wire = null;
    }
  }
}
