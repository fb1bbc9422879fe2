package io.muster.admin;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import io.muster.access.AccessSettings;
import io.muster.access.Directory;
import io.muster.access.driver.RegistryAccess;
import io.muster.gateway.Listening;
import io.muster.kernel.Secret;
import io.muster.kernel.TimeSource;
import io.muster.registry.MemoryRegistry;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;

/// A member with users, and sessions of its own.
final class SecureFixture implements AutoCloseable {
  private static final int ROUNDS = 10_000;
  final AdminFixture admin;
  final RegistryAccess access;
  final List<String> ended = new CopyOnWriteArrayList<>();
  final Here here = new Here();

  SecureFixture(Path directory) {
    this(directory, new FakeMember());
  }

  SecureFixture(Path directory, FakeMember member) {
    access =
        RegistryAccess.start(
            new MemoryRegistry(),
            AccessSettings.of(true, Optional.of(new Secret("admin's")), ROUNDS),
            "a",
            TimeSource.system());
    admin = new AdminFixture(directory, member);
    admin.member.access = access;
    admin.member.sessions = here;
  }

  /// The sessions of this member alone.
  final class Here implements Sessions {
    volatile List<String> unanswered = List.of();

    @Override
    public Found list(String user, int limit) {
      List<Held> all =
          access.directory().sessions().stream()
              .filter(s -> user.equals("*") || s.username().equals(user))
              .map(s -> new Held("a", s))
              .toList();
      return new Found(all.stream().limit(limit).toList(), all.size(), unanswered);
    }

    @Override
    public Acts activity(String user, int limit) {
      List<Done> all =
          access.directory().activity().stream().map(a -> new Done("a", a)).limit(limit).toList();
      boolean silent = !access.directory().recordsActivity();
      return new Acts(all, all.size(), unanswered, silent ? List.of("a") : List.of());
    }

    /// Everybody listens to the same.
    @Override
    public Optional<Ears> listening(String session) {
      boolean here = access.directory().sessions().stream().anyMatch(s -> s.id().equals(session));
      Listening one = new Listening(session + "-1", "all", "/t/**", 5, false, "");
      return here ? Optional.of(new Ears("a", List.of(one))) : Optional.empty();
    }

    @Override
    public Optional<String> end(String session, String reason) {
      return access.directory().disconnect(session, reason) ? Optional.of("a") : Optional.empty();
    }

    @Override
    public Optional<Directory.Revoked> revoke(String session, String reason) {
      return Waiting.on(access.directory().revokeOf(session, reason));
    }
  }

  /// Logs in as a client with a connection.
  AccessSession login(String user, String password) throws Exception {
    Access.LoginResult result =
        access
            .login(
                new Access.Credentials.Password(user, password, null),
                new Access.Caller(
                    UUID.randomUUID().toString(),
                    true,
                    "happn_4",
                    InetAddress.getLoopbackAddress(),
                    "{}".getBytes(StandardCharsets.UTF_8),
                    new Access.Observer() {
                      @Override
                      public void rightsChanged() {}

                      @Override
                      public void told(String what, byte[] data) {}

                      @Override
                      public void ended(String reason) {
                        ended.add(user + " " + reason);
                      }
                    }))
            .join();
    if (result instanceof Access.LoginResult.Granted g) return g.session();
    throw new IllegalStateException(result.toString());
  }

  /// Calls one method; the whole answer.
  JsonNode rpc(String method, String params) throws Exception {
    String body =
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" + method + "\",\"params\":" + params + "}";
    return AdminFixture.json(admin.send("POST", "/rpc", body));
  }

  /// The result of one method that succeeds.
  JsonNode result(String method, String params) throws Exception {
    JsonNode answer = rpc(method, params);
    if (answer.has("error")) throw new AssertionError(answer.toString());
    return answer.get("result");
  }

  @Override
  public void close() {
    admin.close();
    access.close();
  }
}
