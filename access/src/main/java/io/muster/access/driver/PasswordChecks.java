package io.muster.access.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.registry.Registry;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passwords are hashed here, by a thread of its own, so that a flood of logins leaves the event
/// loops alone: 2000 may wait, more are refused.
///
/// A password that was verified is remembered for a minute as an HMAC under a key of this process,
/// so that a thousand clients that reconnect at once do not each cost a derivation. An unknown user
/// costs as much time as a wrong password. Safe on any thread.
final class PasswordChecks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PasswordChecks.class);
  private static final int WAITING_MAX = 2000;
  private static final int REMEMBERED_MAX = 10_000;
  private static final long REMEMBERED_NANOS = 60_000_000_000L;

  private final TimeSource time;
  private final int iterations;
  private final SecretKeySpec processKey;

  /// Of the hashing thread: made at the first login, since a start should not wait for it.
  private String decoy = "";

  private final Map<String, Long> verified =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > REMEMBERED_MAX;
        }
      };
  private final ThreadPoolExecutor hashing =
      new ThreadPoolExecutor(
          1,
          1,
          1,
          TimeUnit.MINUTES,
          new ArrayBlockingQueue<>(WAITING_MAX),
          Thread.ofPlatform().name("password-", 0).daemon(true).factory());

  PasswordChecks(TimeSource time, int iterations) {
    this.time = time;
    this.iterations = iterations;
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    this.processKey = new SecretKeySpec(key, "HmacSHA256");
  }

  /// @param hash of the user, null where there is none
  CompletableFuture<Boolean> matches(String username, String password, @Nullable String hash) {
    String mark = mark(username, password, hash == null ? "" : hash);
    synchronized (verified) {
      Long at = verified.get(mark);
      if (at != null && time.nanos() - at < REMEMBERED_NANOS) {
        return CompletableFuture.completedFuture(true);
      }
    }
    return later(
        () -> {
          if (decoy.isEmpty()) decoy = Passwords.hash("nobody", iterations);
          boolean right = Passwords.matches(password, hash == null ? decoy : hash);
          if (hash == null || !right) return false;
          synchronized (verified) {
            verified.put(mark, time.nanos());
          }
          return true;
        });
  }

  CompletableFuture<String> hash(String password) {
    return later(() -> Passwords.hash(password, iterations));
  }

  private <T> CompletableFuture<T> later(Supplier<T> work) {
    try {
      return CompletableFuture.supplyAsync(work, hashing);
    } catch (RejectedExecutionException e) {
      log.warn("logins_refused waiting={}", WAITING_MAX);
      return CompletableFuture.failedFuture(
          new MusterException(
              ErrorCode.TOO_MANY_LOGINS, "too many logins wait already; retry later", e));
    }
  }

  /// With the hash in it: a password that was changed is not remembered.
  private String mark(String username, String password, String hash) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(processKey);
      for (String part : new String[] {username, hash}) {
        mac.update(Registry.utf8(part));
        mac.update((byte) 0);
      }
      return HexFormat.of().formatHex(mac.doFinal(Registry.utf8(password)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    hashing.shutdownNow();
  }
}
