package io.muster.node.secrets;

import io.muster.admin.Secrets;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The secrets that one member holds: what it runs with, and the files it is written in. All
/// methods may block and may be called on any thread that may.
final class SecretKeeper {
  private static final Logger log = LoggerFactory.getLogger(SecretKeeper.class);

  /// Takes secrets into use, the one to prove oneself with first; returns when they are.
  @FunctionalInterface
  interface Ring {
    void use(List<Secret> secrets);
  }

  private final String member;
  private final Optional<SecretFiles> files;
  private final Ring ring;
  private final Function<Secret, String> fingerprint;
  private final ReentrantLock lock = new ReentrantLock();

  /// Guarded by [#lock]: what the member runs with.
  private List<Secret> held;

  /// @param member this member's name
  /// @param files empty where the secret is in no file
  /// @param held what the member runs with
  /// @param fingerprint may block
  SecretKeeper(
      String member,
      Optional<SecretFiles> files,
      List<Secret> held,
      Ring ring,
      Function<Secret, String> fingerprint) {
    this.member = member;
    this.files = files;
    this.held = held.stream().distinct().toList();
    this.ring = ring;
    this.fingerprint = fingerprint;
  }

  /// What it holds now.
  Secrets.Held view() {
    lock.lock();
    try {
      String problem = "";
      String waiting = "";
      if (files.isEmpty()) {
        problem = "its secret is in no file: set cluster.secret_file";
      } else {
        try {
          problem = files.get().objection().orElse("");
          if (!files.get().held().equals(held)) {
            problem = "its files hold another secret than it runs with: `muster secret reload`";
          }
          waiting = files.get().waiting().map(fingerprint).orElse("");
        } catch (MusterException e) {
          problem = String.valueOf(e.getMessage());
        }
      }
      List<String> accepted = held.stream().map(fingerprint).toList();
      return new Secrets.Held(
          member,
          accepted.getFirst(),
          accepted,
          waiting,
          files.map(f -> f.fresh().toString()).orElse(""),
          problem);
    } finally {
      lock.unlock();
    }
  }

  /// Reads the files again, and takes what they hold.
  Secrets.Held reload() {
    lock.lock();
    try {
      take(present());
      return view();
    } finally {
      lock.unlock();
    }
  }

  /// One step towards the secret of a fingerprint; done already, nothing happens.
  ///
  /// @param step `accept`, `switch` or `drop`
  /// @return what it holds then
  /// @throws MusterException `bad_request` when the files do not allow it; nothing was changed then
  Secrets.Held step(String step, String target) {
    lock.lock();
    try {
      SecretFiles f = present();
      switch (step) {
        case "accept" -> {
          waitsFor(f, target);
          // Whoever coordinates has found that nobody uses a third one.
          f.accept(true);
        }
        case "switch" -> {
          waitsFor(f, target);
          f.turn();
        }
        case "drop" -> {
          String used = fingerprint.apply(f.held().getFirst());
          if (!used.equals(target)) {
            throw refused(f.used() + " holds " + used + ", expected " + target + " before a drop");
          }
          f.settle();
        }
        default -> throw refused("expected accept, switch or drop, found '" + step + "'");
      }
      take(f);
      Secrets.Held now = view();
      log.info("secret_rotated step={} used={} accepted={}", step, now.used(), now.accepted());
      return now;
    } finally {
      lock.unlock();
    }
  }

  private SecretFiles present() {
    return files.orElseThrow(
        () ->
            refused(
                "the secret of member "
                    + member
                    + " is in no file; set cluster.secret_file and restart it once"));
  }

  private void waitsFor(SecretFiles f, String target) {
    String found = f.waiting().map(fingerprint).orElse("none");
    if (!found.equals(target)) {
      throw refused(
          f.fresh() + ": expected the new secret of fingerprint " + target + ", found " + found);
    }
  }

  private void take(SecretFiles f) {
    List<Secret> now = new ArrayList<>(f.held());
    if (now.equals(held)) return;
    try {
      ring.use(now);
    } catch (CompletionException e) {
      throw new MusterException(
          ErrorCode.NOT_STARTED, "the secrets could not be taken: " + e.getMessage(), e);
    }
    held = List.copyOf(now);
    log.info("secrets_taken accepted={}", now.size());
  }

  private static MusterException refused(String why) {
    return new MusterException(ErrorCode.BAD_REQUEST, why);
  }
}
