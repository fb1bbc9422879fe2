package io.muster.plugins.check.net;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Looks names up as the platform does (hosts file included), on a few threads of its own, since
/// that blocks. A name is looked up once for all who ask for it meanwhile; how long an answer holds
/// is the platform's matter (`networkaddress.cache.ttl`).
final class Names {
  private static final int THREADS = 4;

  /// Different names that wait; beyond, a look-up fails.
  private static final int WAITING_MAX = 100_000;

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(WAITING_MAX),
          Thread.ofPlatform().name("muster-check-names-", 0).daemon(true).factory());

  private final Map<String, CompletableFuture<List<InetAddress>>> asked = new ConcurrentHashMap<>();

  Names() {
    threads.allowCoreThreadTimeOut(true);
  }

  /// The addresses of a name, in the platform's order, at least one; an address is its own.
  CompletableFuture<List<InetAddress>> find(String host) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
    if (bytes != null) {
      try {
        return CompletableFuture.completedFuture(List.of(InetAddress.getByAddress(host, bytes)));
      } catch (UnknownHostException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    CompletableFuture<List<InetAddress>> answer = asked.computeIfAbsent(host, this::ask);
    // One that was refused was never begun, so that nobody else takes it out.
    if (answer.isCompletedExceptionally()) asked.remove(host, answer);
    return answer;
  }

  private CompletableFuture<List<InetAddress>> ask(String host) {
    CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
    try {
      threads.execute(
          () -> {
            try {
              List<InetAddress> found = List.of(InetAddress.getAllByName(host));
              asked.remove(host);
              answer.complete(found);
            } catch (UnknownHostException | RuntimeException e) {
              asked.remove(host);
              answer.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(new UnknownHostException(host + ": too many look-ups wait"));
    }
    return answer;
  }

  void close() {
    threads.shutdownNow();
  }
}
