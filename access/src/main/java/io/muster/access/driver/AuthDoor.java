package io.muster.access.driver;

import io.muster.access.AuthProviders;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.spi.SecretText;
import io.muster.spi.auth.Attempt;
import io.muster.spi.auth.Authenticator;
import io.muster.spi.auth.Verdict;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way to one provider: threads of its own, a bounded queue before them, and a deadline for
/// each login. A provider that hangs or fails delays its own logins only. Safe on any thread.
final class AuthDoor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuthDoor.class);
  private static final int NAME_MAX = 200;

  private final String name;
  private final Duration timeout;
  private final TimeSource time;
  private final Authenticator authenticator;
  private final ThreadPoolExecutor threads;

  AuthDoor(String name, AuthProviders.Configured configured, TimeSource time) {
    this.name = name;
    this.timeout = configured.timeout();
    this.time = time;
    this.authenticator = configured.setup().open();
    this.threads =
        new ThreadPoolExecutor(
            configured.loginsMax(),
            configured.loginsMax(),
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(configured.queueMax()),
            Thread.ofPlatform().name("auth-" + name + "-", 0).daemon(true).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /// @return fails with `too_many_logins` or `auth_provider_failed`, in words for the client
  CompletableFuture<Verdict> check(String username, String password) {
    // Directories take an empty password for somebody who does not want to log in, and agree.
    if (password.isEmpty() || username.isEmpty() || username.length() > NAME_MAX) {
      return CompletableFuture.completedFuture(new Verdict.Wrong());
    }
    long until = time.nanos() + timeout.toNanos();
    CompletableFuture<Verdict> answer = new CompletableFuture<>();
    Future<?> work;
    try {
      work = threads.submit(() -> run(username, password, until, answer));
    } catch (RejectedExecutionException e) {
      log.warn("logins_refused provider={} waiting={}", name, threads.getQueue().size());
      return CompletableFuture.failedFuture(
          new MusterException(
              ErrorCode.TOO_MANY_LOGINS,
              "too many logins wait for auth provider " + name + " already; retry later",
              e));
    }
    return answer
        .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
        .exceptionallyCompose(
            e -> {
              if (e instanceof TimeoutException) {
                work.cancel(true);
                log.warn("auth_provider_slow provider={} timeout={}", name, timeout);
                return CompletableFuture.failedFuture(
                    failed("did not answer within " + timeout.toMillis() + " ms", e));
              }
              return CompletableFuture.failedFuture(e);
            });
  }

  private void run(
      String username, String password, long until, CompletableFuture<Verdict> answer) {
    long left = until - time.nanos();
    // Its client has been told already.
    if (left <= 0 || answer.isDone()) return;
    try {
      Verdict verdict =
          authenticator.check(
              new Attempt(username, new SecretText(password), Duration.ofNanos(left)));
      if (verdict == null) throw new IllegalStateException("no verdict");
      answer.complete(verdict);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer.completeExceptionally(failed("was interrupted", e));
    } catch (Exception | LinkageError e) {
      log.warn("auth_provider_failed provider={} reason=\"{}\"", name, e.toString());
      answer.completeExceptionally(failed("failed", e));
    }
  }

  private MusterException failed(String how, Throwable cause) {
    return new MusterException(
        ErrorCode.AUTH_PROVIDER_FAILED, "auth provider " + name + " " + how, cause);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    authenticator.close();
  }
}
