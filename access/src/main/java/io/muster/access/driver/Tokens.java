package io.muster.access.driver;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.muster.access.core.AccessJson;
import io.muster.access.core.Policy;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Session tokens: JWT, HS256 and nothing else, under a secret that all members share.
final class Tokens {
  private static final String USERID = "userid";
  private static final String SESSION = "sid";
  private static final String STATEFUL = "typ";
  private static final String ORIGIN = "org";
  private static final String POLICIES = "pol";

  private final byte[] secret;

  Tokens(byte[] secret) {
    this.secret = secret.clone();
  }

  /// What a token says.
  ///
  /// @param id its own, by which it is revoked
  /// @param session that it was made for
  /// @param origin name of the member that made it
  /// @param issued epoch milliseconds
  /// @param policies of stateless sessions and of stateful ones
  record Token(
      String id,
      String session,
      String username,
      String userid,
      boolean stateful,
      String origin,
      long issued,
      Policy stateless,
      Policy connected) {
    /// The policy of sessions of one kind with this token.
    Policy policy(boolean stateful) {
      return stateful ? connected : stateless;
    }
  }

  String signed(Token t) {
    try {
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader(JWSAlgorithm.HS256),
              new JWTClaimsSet.Builder()
                  .subject(t.username)
                  .jwtID(t.id)
                  .claim(USERID, t.userid)
                  .claim(SESSION, t.session)
                  .claim(STATEFUL, t.stateful ? 1 : 0)
                  .claim(ORIGIN, t.origin)
                  .claim(POLICIES, t.stateless.json() + "\n" + t.connected.json())
                  .claim("ms", t.issued)
                  .issueTime(Date.from(Instant.ofEpochMilli(t.issued)))
                  .build());
      jwt.sign(new MACSigner(secret));
      return jwt.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// @return empty when it is no token, or none of this cluster
  Optional<Token> verified(String text) {
    try {
      SignedJWT jwt = SignedJWT.parse(text);
      boolean good =
          JWSAlgorithm.HS256.equals(jwt.getHeader().getAlgorithm())
              && jwt.verify(new MACVerifier(secret));
      if (!good) return Optional.empty();
      JWTClaimsSet c = jwt.getJWTClaimsSet();
      String[] policies = c.getStringClaim(POLICIES).split("\n", -1);
      return Optional.of(
          new Token(
              c.getJWTID(),
              c.getStringClaim(SESSION),
              c.getSubject(),
              c.getStringClaim(USERID),
              c.getIntegerClaim(STATEFUL) != 0,
              c.getStringClaim(ORIGIN),
              c.getLongClaim("ms"),
              policy(policies[0]),
              policy(policies[1])));
    } catch (ParseException
        | JOSEException
        | JacksonException
        | NullPointerException
        | ArrayIndexOutOfBoundsException _) {
      // Signed by us a token has all of it; of another release it may lack something.
      return Optional.empty();
    }
  }

  private static Policy policy(String json) {
    JsonNode node = AccessJson.tree(json.getBytes(StandardCharsets.UTF_8));
    return Policy.of(node);
  }
}
