package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/// Who may ask administration: whoever sends a token, or the cookie of a session that was begun
/// with one.
///
/// Two tokens are made at the first start, readable by the owner only: `admin.token` and
/// `viewer.token`. Sessions live in memory, end when they were idle for too long, at a logout, and
/// with the process. A browser sends cookies for whoever asks it to, so a request with a cookie has
/// to show besides that it comes from this member's own pages: by its origin, and a change by a
/// header that only they know. Safe on any thread.
final class Logins {
  /// More sessions at once than anybody has; the one that was idle longest goes.
  static final int SESSIONS_MAX = 256;

  static final String CSRF = "Muster-Csrf";
  private static final int TOKEN_BYTES = 24;
  private static final Pattern LOCAL =
      Pattern.compile("https?://(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d{1,5})?");

  private final boolean open;
  private final byte[] adminToken;
  private final byte[] viewerToken;
  private final long idleNanos;
  private final LongSupplier nanos;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();

  /// @param directory where the tokens are, or are made
  /// @param nanos the time, as `System.nanoTime`
  /// @throws MusterException `data_corrupt` when the tokens can be neither read nor made
  Logins(boolean open, Path directory, Duration idle, LongSupplier nanos) {
    this.open = open;
    this.adminToken = token(directory.resolve("admin.token"));
    this.viewerToken = token(directory.resolve("viewer.token"));
    this.idleNanos = idle.toNanos();
    this.nanos = nanos;
  }

  /// One login of a browser.
  static final class Session {
    final String csrf;
    final Caller.Role role;
    final String name;
    private final String id;
    private volatile long usedNanos;

    private Session(String id, String csrf, Caller.Role role, String name, long usedNanos) {
      this.id = id;
      this.csrf = csrf;
      this.role = role;
      this.name = name;
      this.usedNanos = usedNanos;
    }

    /// What the cookie carries.
    String id() {
      return id;
    }
  }

  private byte[] token(Path file) {
    try {
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, random() + "\n");
      }
      return Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.DATA_CORRUPT, file + ": cannot be used (" + e.getMessage() + ")", e);
    }
  }

  private String random() {
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// Whether no token is asked for.
  boolean open() {
    return open;
  }

  private Optional<Caller.Role> role(String token) {
    byte[] given = token.strip().getBytes(StandardCharsets.UTF_8);
    // An empty file is no token.
    if (given.length == 0) return Optional.empty();
    if (MessageDigest.isEqual(given, adminToken)) return Optional.of(Caller.Role.ADMIN);
    if (MessageDigest.isEqual(given, viewerToken)) return Optional.of(Caller.Role.VIEWER);
    return Optional.empty();
  }

  /// Who asks for something that not everybody may see.
  ///
  /// @param cookie the name of this member's cookie
  /// @throws MusterException `admin_unauthorized`, `admin_origin`
  Caller authorise(Exchange x, String cookie) {
    String named = Caller.name(x.header("Muster-By").orElse(""));
    if (open) {
      fromHere(x);
      return Caller.anybody(named);
    }
    Optional<String> header = x.header("Authorization").filter(h -> h.startsWith("Bearer "));
    if (header.isPresent()) {
      Optional<Caller.Role> role = role(header.get().substring(7));
      if (role.isPresent()) return new Caller(role.get(), named, null);
    } else {
      Optional<Session> session = session(x, cookie);
      if (session.isPresent()) {
        Session s = session.get();
        checkPage(x, s);
        // A page that nobody looks at any more opens its stream again, too.
        if (!x.path().equals(LiveRoutes.PATH)) s.usedNanos = nanos.getAsLong();
        return new Caller(s.role, s.name, s);
      }
    }
    x.set("WWW-Authenticate", "Bearer");
    throw new MusterException(
        ErrorCode.ADMIN_UNAUTHORIZED,
        "expected the header 'Authorization: Bearer TOKEN' with the token of admin.token");
  }

  /// The session whose cookie a request carries, while it lasts.
  Optional<Session> session(Exchange x, String cookie) {
    return x.cookie(cookie).map(sessions::get).filter(this::lasts);
  }

  /// Whether a session has neither been ended nor idle for too long.
  boolean lasts(Session s) {
    if (sessions.get(s.id) != s) return false;
    if (nanos.getAsLong() - s.usedNanos <= idleNanos) return true;
    sessions.remove(s.id, s);
    return false;
  }

  private static boolean reads(Exchange x) {
    return x.method().equals("GET") || x.method().equals("HEAD");
  }

  private static void checkPage(Exchange x, Session s) {
    sameOrigin(x);
    if (reads(x)) return;
    byte[] shown = x.header(CSRF).orElse("").getBytes(StandardCharsets.UTF_8);
    if (MessageDigest.isEqual(shown, s.csrf.getBytes(StandardCharsets.UTF_8))) return;
    throw new MusterException(
        ErrorCode.ADMIN_ORIGIN,
        "expected the header '" + CSRF + "' of this session with a change that a browser asks for");
  }

  /// Browsers name the origin of the page that asks in all that changes something, and newer ones
  /// say of all requests whether it is the same.
  private static void sameOrigin(Exchange x) {
    String host = x.header("Host").orElse("");
    Optional<String> origin = x.header("Origin");
    boolean same =
        origin.isEmpty()
            || origin.get().equals("http://" + host)
            || origin.get().equals("https://" + host);
    String site = x.header("Sec-Fetch-Site").orElse("none");
    if (same && (site.equals("same-origin") || site.equals("none"))) return;
    throw new MusterException(
        ErrorCode.ADMIN_ORIGIN,
        "expected a page of this member ("
            + host
            + ") to ask, found one of "
            + origin.orElse("another site"));
  }

  /// Without a token, a web page that somebody on this machine looks at could ask as well. Browsers
  /// name the page's origin in all that changes something; and a page whose name was made to lead
  /// here, so that it may read what it asks for, asks under that name.
  private static void fromHere(Exchange x) {
    Optional<String> origin = x.header("Origin");
    Optional<String> host = x.header("Host").map(h -> "http://" + h);
    for (Optional<String> named : List.of(origin, host)) {
      if (named.isEmpty() || LOCAL.matcher(named.get()).matches()) continue;
      throw new MusterException(
          ErrorCode.ADMIN_UNAUTHORIZED,
          "admin.auth is none: expected no page of another machine to ask, found one of "
              + named.get());
    }
  }

  /// Begins a session.
  ///
  /// @param name what the user calls himself, for the audit
  /// @throws MusterException `admin_unauthorized` when the token is none of this member's,
  ///     `admin_origin`
  Session login(Exchange x, String token, String name) {
    sameOrigin(x);
    Caller.Role role =
        role(token)
            .orElseThrow(
                () ->
                    new MusterException(
                        ErrorCode.ADMIN_UNAUTHORIZED,
                        "this is neither the token in admin.token nor the one in viewer.token of"
                            + " this member's data directory"));
    return begin(role, Caller.name(name));
  }

  /// Begins a session of whoever has shown that it may.
  Session begin(Caller.Role role, String name) {
    makeRoom();
    Session s = new Session(random(), random(), role, name, nanos.getAsLong());
    sessions.put(s.id, s);
    return s;
  }

  private void makeRoom() {
    sessions.values().forEach(this::lasts);
    while (sessions.size() >= SESSIONS_MAX) {
      long now = nanos.getAsLong();
      sessions.values().stream()
          .max(Comparator.comparingLong(s -> now - s.usedNanos))
          .ifPresent(s -> sessions.remove(s.id, s));
    }
  }

  /// Ends the session of a request, if it has one.
  ///
  /// @throws MusterException `admin_origin`
  void logout(Exchange x, String cookie) {
    Optional<Session> session = session(x, cookie);
    if (session.isEmpty()) return;
    checkPage(x, session.get());
    sessions.remove(session.get().id, session.get());
  }

  /// Whether a caller's role covers a request.
  ///
  /// @throws MusterException `admin_forbidden`
  void checkRole(Exchange x, Caller caller) {
    if (caller.role() == Caller.Role.ADMIN) return;
    if (reads(x) && !x.path().equals("/v1/backup")) return;
    throw new MusterException(
        ErrorCode.ADMIN_FORBIDDEN,
        "a viewer reads, and takes no backup; "
            + x.method()
            + " "
            + x.path()
            + " needs the token of admin.token");
  }
}
