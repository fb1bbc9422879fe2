package io.muster.access.driver;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.muster.access.Access;
import io.muster.access.AccessSettings;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TimeSource;
import io.muster.registry.Registry;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.ParseException;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Access] with one administrator, kept in the registry; tokens signed with a secret that all
/// members share through it.
///
/// A password that was verified is remembered for a minute as an HMAC under a key of this process,
/// so that a thousand clients that reconnect at once do not each cost a derivation.
public final class RegistryAccess implements Access {
  private static final Logger log = LoggerFactory.getLogger(RegistryAccess.class);
  private static final String ADMIN = "_ADMIN";
  private static final String WRONG = "Invalid credentials";
  private static final int LOGINS_WAITING_MAX = 2000;
  private static final int REMEMBERED_MAX = 10_000;
  private static final long REMEMBERED_NANOS = 60_000_000_000L;

  private final boolean secure;
  private final TimeSource time;
  private final String adminId;
  private final String adminHash;
  private final byte[] tokenSecret;
  private final int iterations;
  private String decoy = "";
  private final SecretKeySpec processKey;
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
          new ArrayBlockingQueue<>(LOGINS_WAITING_MAX),
          Thread.ofPlatform().name("password-", 0).daemon(true).factory());

  private RegistryAccess(
      AccessSettings settings, TimeSource time, String adminId, String adminHash, byte[] secret) {
    this.secure = settings.secure();
    this.time = time;
    this.adminId = adminId;
    this.adminHash = adminHash;
    this.tokenSecret = secret;
    this.iterations = settings.iterations();
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    this.processKey = new SecretKeySpec(key, "HmacSHA256");
  }

  /// Creates what is missing in the registry and checks that the configured password is the
  /// cluster's. Blocks: call while the member starts.
  ///
  /// @throws MusterException `admin_password_mismatch`
  public static RegistryAccess start(Registry registry, AccessSettings settings, TimeSource time) {
    Secret password = settings.adminPassword().orElse(AccessSettings.SAMPLE);
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    byte[] secret = registry.putIfAbsent("security/token_secret", random).join();
    byte[] id =
        registry
            .putIfAbsent("users/" + ADMIN + "/id", Registry.utf8(UUID.randomUUID().toString()))
            .join();
    byte[] known = registry.get("users/" + ADMIN + "/password").join().orElse(new byte[0]);
    byte[] hash =
        known.length > 0
            ? known
            : registry
                .putIfAbsent(
                    "users/" + ADMIN + "/password",
                    Registry.utf8(Passwords.hash(password.reveal(), settings.iterations())))
                .join();
    String stored = new String(hash, java.nio.charset.StandardCharsets.UTF_8);
    if (settings.secure() && !Passwords.matches(password.reveal(), stored)) {
      throw new MusterException(
          ErrorCode.ADMIN_PASSWORD_MISMATCH,
          "security.admin_password: Invalid credentials: it is not the password this cluster was"
              + " founded with");
    }
    return new RegistryAccess(
        settings, time, new String(id, java.nio.charset.StandardCharsets.UTF_8), stored, secret);
  }

  @Override
  public boolean secure() {
    return secure;
  }

  private Identity admin() {
    return new Identity(ADMIN, adminId, true);
  }

  @Override
  public CompletableFuture<LoginResult> login(String username, String password) {
    String mark = mark(username, password);
    synchronized (verified) {
      Long at = verified.get(mark);
      if (at != null && time.nanos() - at < REMEMBERED_NANOS) {
        return CompletableFuture.completedFuture(new LoginResult.Granted(admin(), ""));
      }
    }
    try {
      return CompletableFuture.supplyAsync(() -> check(username, password, mark), hashing);
    } catch (RejectedExecutionException e) {
      log.warn("logins_refused waiting={}", LOGINS_WAITING_MAX);
      return CompletableFuture.completedFuture(
          new LoginResult.Refused(503, "too many logins wait already; retry"));
    }
  }

  private LoginResult check(String username, String password, String mark) {
    // Made at the first login: a start should not wait for it. Only the one hashing thread is here.
    if (decoy.isEmpty()) decoy = Passwords.hash("nobody", iterations);
    boolean known = username.equals(ADMIN);
    boolean right = Passwords.matches(password, known ? adminHash : decoy);
    if (!known || !right) return new LoginResult.Refused(401, WRONG);
    synchronized (verified) {
      verified.put(mark, time.nanos());
    }
    return new LoginResult.Granted(admin(), "");
  }

  private String mark(String username, String password) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(processKey);
      mac.update(Registry.utf8(username));
      mac.update((byte) 0);
      return HexFormat.of().formatHex(mac.doFinal(Registry.utf8(password)));
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public CompletableFuture<LoginResult> login(String token) {
    LoginResult wrong = new LoginResult.Refused(401, WRONG + ": invalid session token");
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      if (!JWSAlgorithm.HS256.equals(jwt.getHeader().getAlgorithm())
          || !jwt.verify(new MACVerifier(tokenSecret))) {
        return CompletableFuture.completedFuture(wrong);
      }
      JWTClaimsSet claims = jwt.getJWTClaimsSet();
      String id = claims.getStringClaim("userid");
      boolean same =
          ADMIN.equals(claims.getSubject())
              && id != null
              && MessageDigest.isEqual(Registry.utf8(id), Registry.utf8(adminId));
      String session = claims.getJWTID();
      return CompletableFuture.completedFuture(
          same
              ? new LoginResult.Granted(admin(), session == null ? "" : session)
              : new LoginResult.Refused(401, WRONG));
    } catch (ParseException | JOSEException e) {
      return CompletableFuture.completedFuture(wrong);
    }
  }

  @Override
  public String token(Identity identity, String session) {
    try {
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader(JWSAlgorithm.HS256),
              new JWTClaimsSet.Builder()
                  .subject(identity.username())
                  .claim("userid", identity.userid())
                  .jwtID(session)
                  .issueTime(Date.from(time.now()))
                  .build());
      jwt.sign(new MACSigner(tokenSecret));
      return jwt.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }
}
