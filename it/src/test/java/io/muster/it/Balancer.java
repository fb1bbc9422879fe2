package io.muster.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// One address before several members, as a load balancer gives to clients: each connection goes to
/// the next member that accepts it.
final class Balancer implements HappnClients.Member, AutoCloseable {
  private static final int CONNECT_MILLIS = 1000;
  private final ServerSocket listener;
  private final List<MemberProcess> members;
  private final AtomicInteger turn = new AtomicInteger();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  Balancer(List<MemberProcess> members) {
    this.members = List.copyOf(members);
    try {
      listener =
          new ServerSocket(Cluster.freePorts(1).getFirst(), 64, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("balancer").start(this::accept);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      sockets.add(client);
      client.setTcpNoDelay(true);
      for (int i = 0; i < members.size(); i++) {
        MemberProcess m = members.get(Math.floorMod(turn.getAndIncrement(), members.size()));
        try (Socket member = new Socket()) {
          member.setTcpNoDelay(true);
          member.connect(new InetSocketAddress(m.host(), m.clientPort()), CONNECT_MILLIS);
          sockets.add(member);
          Thread back = Thread.ofVirtual().start(() -> pump(member, client));
          pump(client, member);
          back.join();
          sockets.remove(member);
          return;
        } catch (IOException e) {
          // The next one.
        }
      }
    } catch (IOException e) {
      // The client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(client);
    }
  }

  /// Passes on until one side ends, and lets the other end then.
  private static void pump(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      in.transferTo(out);
      to.shutdownOutput();
    } catch (IOException e) {
      try {
        to.close();
      } catch (IOException gone) {
        // It has ended as well.
      }
    }
  }

  @Override
  public String host() {
    return "127.0.0.1";
  }

  @Override
  public int clientPort() {
    return listener.getLocalPort();
  }

  @Override
  public String username() {
    return members.getFirst().username();
  }

  @Override
  public String password() {
    return members.getFirst().password();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket s : sockets) s.close();
  }
}
