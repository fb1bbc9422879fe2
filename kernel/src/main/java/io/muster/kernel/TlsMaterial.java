package io.muster.kernel;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What one end of a TLS connection shows of itself: a certificate chain and the private key that
/// belongs to its first certificate. Both were read from PEM and found to fit.
///
/// @param chain the own certificate first, then those that signed it; at least one
public record TlsMaterial(List<X509Certificate> chain, PrivateKey key) {
  /// The versions of TLS that Muster speaks, the best first.
  public static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");

  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
  private static final byte[] PROBE = "muster".getBytes(StandardCharsets.US_ASCII);

  public TlsMaterial {
    chain = List.copyOf(chain);
    Invariant.check(!chain.isEmpty(), "a chain without a certificate");
  }

  /// Reads a pair.
  ///
  /// @param where begins messages: the settings or files that the texts come from
  /// @param certificates one or more certificates as PEM
  /// @param key a private key as PEM, PKCS #8 and not encrypted
  /// @throws MusterException `tls_material` when a text holds no such thing, or they do not fit
  public static TlsMaterial of(String where, String certificates, Secret key) {
    List<X509Certificate> chain = chain(where, certificates);
    PrivateKey found = key(where, key.reveal());
    if (!fit(chain.getFirst().getPublicKey(), found)) {
      throw wrong(where, "the private key is not the first certificate's");
    }
    return new TlsMaterial(chain, found);
  }

  /// When the own certificate ends.
  public Instant expires() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  /// Without the key.
  @Override
  public String toString() {
    return "TlsMaterial[" + chain.getFirst().getSubjectX500Principal() + "]";
  }

  private static List<X509Certificate> chain(String where, String pem) {
    if (!pem.contains("-----BEGIN CERTIFICATE-----")) {
      throw wrong(where, "there is no certificate as PEM (-----BEGIN CERTIFICATE-----)");
    }
    try {
      List<X509Certificate> chain = new ArrayList<>();
      byte[] bytes = pem.getBytes(StandardCharsets.US_ASCII);
      for (Certificate c :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes))) {
        if (c instanceof X509Certificate x) chain.add(x);
      }
      return chain;
    } catch (CertificateException e) {
      throw wrong(where, "the certificate cannot be read: " + e.getMessage(), e);
    }
  }

  private static PrivateKey key(String where, String pem) {
    Matcher m = KEY.matcher(pem);
    if (!m.find())
      throw wrong(where, "there is no private key as PEM (-----BEGIN PRIVATE KEY-----)");
    if (!m.group(1).isEmpty()) {
      throw wrong(
          where,
          "the private key is of the kind '"
              + m.group(1).strip()
              + "'; make it a plain one with `openssl pkcs8 -topk8 -nocrypt`");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(m.group(2));
    } catch (IllegalArgumentException e) {
      throw wrong(where, "the private key is no base64", e);
    }
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // Of another kind.
      } catch (GeneralSecurityException e) {
        throw wrong(where, "the private key cannot be read: " + e.getMessage(), e);
      }
    }
    throw wrong(where, "the private key is none of " + String.join(", ", ALGORITHMS));
  }

  /// Whether what the one signs the other verifies.
  private static boolean fit(PublicKey certified, PrivateKey key) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
          default -> "";
        };
    // Nothing is left to compare with for RSASSA-PSS, whose parameters a signature would need.
    if (algorithm.isEmpty()) {
      return !(certified instanceof RSAKey a && key instanceof RSAKey b)
          || a.getModulus().equals(b.getModulus());
    }
    try {
      Signature s = Signature.getInstance(algorithm);
      s.initSign(key);
      s.update(PROBE);
      byte[] signed = s.sign();
      s.initVerify(certified);
      s.update(PROBE);
      return s.verify(signed);
    } catch (GeneralSecurityException e) {
      // A key of another kind than the certificate's is refused before it is compared.
      return false;
    }
  }

  private static MusterException wrong(String where, String what) {
    return new MusterException(ErrorCode.TLS_MATERIAL, where + ": " + what);
  }

  private static MusterException wrong(String where, String what, Exception cause) {
    return new MusterException(ErrorCode.TLS_MATERIAL, where + ": " + what, cause);
  }
}
