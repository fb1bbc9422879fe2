package io.muster.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Set;

/// A certificate that vouches for itself (RFC 5280), P-256, good for 825 days: what it protects is
/// safe from those who only listen. Who wants to be sure of the server installs it at the client.
final class SelfSigned {
  private static final Duration VALID = Duration.ofDays(825);
  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  // Object identifiers, encoded.
  private static final byte[] ECDSA_SHA256 = {
    6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 4, 3, 2
  };
  private static final byte[] COMMON_NAME = {6, 3, 0x55, 4, 3};
  private static final byte[] BASIC_CONSTRAINTS = {6, 3, 0x55, 0x1d, 0x13};
  private static final byte[] ALTERNATIVE_NAMES = {6, 3, 0x55, 0x1d, 0x11};

  private static final int INTEGER = 2;
  private static final int BIT_STRING = 3;
  private static final int OCTET_STRING = 4;
  private static final int UTF8_STRING = 12;
  private static final int UTC = 23;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;

  private SelfSigned() {}

  /// Makes a pair and writes it, the key readable by its owner only.
  ///
  /// @param names hosts and addresses that the certificate is for
  static void write(Path certificate, Path key, Set<String> names, Instant now) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      byte[] der = certificate(pair, names, now);
      // The key first: whoever finds a certificate finds its key.
      put(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()), "rw-------");
      put(certificate, pem("CERTIFICATE", der), "rw-r--r--");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(Path file, String text, String permissions) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) Files.createDirectories(directory);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(part);
    if (part.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
    }
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String pem(String kind, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
  }

  private static byte[] certificate(KeyPair pair, Set<String> names, Instant now)
      throws GeneralSecurityException {
    byte[] algorithm = der(SEQUENCE, ECDSA_SHA256);
    byte[] name =
        der(
            SEQUENCE,
            der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, utf8("Muster, self-signed")))));
    byte[] validity =
        der(
            SEQUENCE,
            der(UTC, utf8(UTC_TIME.format(now.minus(Duration.ofHours(1))))),
            der(UTC, utf8(UTC_TIME.format(now.plus(VALID)))));
    byte[] signed =
        der(
            SEQUENCE,
            der(0xa0, der(INTEGER, new byte[] {2})),
            der(INTEGER, new BigInteger(120, new SecureRandom()).setBit(119).toByteArray()),
            algorithm,
            name,
            validity,
            name,
            pair.getPublic().getEncoded(),
            der(0xa3, der(SEQUENCE, authority(), alternativeNames(names))));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate());
    signature.update(signed);
    return der(SEQUENCE, signed, algorithm, der(BIT_STRING, new byte[] {0}, signature.sign()));
  }

  /// It may be installed as an authority, whose only child is itself.
  private static byte[] authority() {
    byte[] yes = {1, 1, (byte) 0xff};
    return der(SEQUENCE, BASIC_CONSTRAINTS, yes, der(OCTET_STRING, der(SEQUENCE, yes)));
  }

  private static byte[] alternativeNames(Set<String> names) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String n : names) {
      boolean address = n.indexOf(':') >= 0 || n.matches("[0-9.]+");
      all.writeBytes(address ? der(0x87, address(n)) : der(0x82, utf8(n)));
    }
    return der(SEQUENCE, ALTERNATIVE_NAMES, der(OCTET_STRING, der(SEQUENCE, all.toByteArray())));
  }

  private static byte[] address(String literal) {
    try {
      return InetAddress.getByName(literal).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no address: " + literal, e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Tag, length and value (X.690).
  private static byte[] der(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] p : parts) length += p.length;
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >>> 8);
      out.write(length);
    }
    for (byte[] p : parts) out.writeBytes(p);
    return out.toByteArray();
  }
}
