package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TlsMaterial;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `muster gen-tls`: a small authority, and a certificate of it.
///
/// The JDK's `keytool` makes them, which every Java has beside it.
@Command(
    name = "gen-tls",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a certificate and its key for a member, and the authority that signs it.",
      "The authority, muster-ca.cert and muster-ca.key, is made once; where it is there already, it"
          + " signs further certificates. Keys are readable by their owner only, and files that"
          + " exist are left alone."
    },
    footer = {
      "",
      "Give every member its own pair and the authority's certificate, as link.tls.cert, .key and"
          + " .ca. Keep muster-ca.key where no member is.",
      "",
      "Example:  muster gen-tls -c /etc/muster/muster.yaml --host 10.0.0.1",
      "          muster gen-tls --out tls --name db2 --host db2.example.org --days 90"
    })
final class GenTlsCommand implements Callable<Integer> {
  private static final String CA = "muster-ca";
  private static final String PASSWORD = "MUSTER_GEN_TLS_PASSWORD";
  private static final int CA_DAYS = 3650;
  private static final long SECONDS = 120;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Write beside this file, unless --out is given.")
  @Nullable Path config;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write there; it is made on demand. The working directory otherwise.")
  @Nullable Path out;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "muster",
      description = "Of the certificate and its files, NAME.cert and NAME.key (${DEFAULT-VALUE}).")
  String name = "muster";

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description =
          "A name or address that the certificate is for; may be repeated. This machine's name,"
              + " localhost, 127.0.0.1 and ::1 otherwise.")
  List<String> hosts = List.of();

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "365",
      description = "How long the certificate is good for, 1 to 3650 days (${DEFAULT-VALUE}).")
  int days = 365;

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  @Override
  public Integer call() throws Exception {
    if (!name.matches("[A-Za-z0-9._-]{1,64}") || name.equals(CA)) {
      throw bad("--name: 1 to 64 letters, digits, '.', '_' or '-', not '" + CA + "'");
    }
    if (days < 1 || days > CA_DAYS) throw bad("--days: 1 to " + CA_DAYS + ", found " + days);
    for (String h : hosts) {
      if (!h.matches("[A-Za-z0-9.:*_-]{1,253}")) throw bad("--host: a name or an address: " + h);
    }
    Path beside = config == null ? null : config.toAbsolutePath().getParent();
    Path directory = (out != null ? out : beside != null ? beside : Path.of("")).toAbsolutePath();
    Path certificate = directory.resolve(name + ".cert");
    Path key = directory.resolve(name + ".key");
    for (Path file : List.of(certificate, key)) {
      if (Files.exists(file)) {
        throw bad(file + " exists and is left alone; choose another --name or remove it");
      }
    }
    Files.createDirectories(directory);
    Path caCertificate = directory.resolve(CA + ".cert");
    Path caKey = directory.resolve(CA + ".key");
    if (Files.exists(caCertificate) != Files.exists(caKey)) {
      throw bad("of " + caCertificate + " and " + caKey + " only one is there");
    }
    boolean known = Files.exists(caKey);
    make(directory, certificate, key, caCertificate, caKey, known);
    report(certificate, key, caCertificate, caKey, known);
    return Main.OK;
  }

  private void make(
      Path directory, Path certificate, Path key, Path caCertificate, Path caKey, boolean known)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path temporary = Files.createTempDirectory(directory, ".gen-tls");
    Path file = temporary.resolve("store.p12");
    String password = Secret.random(new SecureRandom()).reveal();
    try {
      if (known) {
        TlsMaterial ca =
            TlsMaterial.of(
                caKey.toString(),
                Files.readString(caCertificate),
                new Secret(Files.readString(caKey)));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
            CA, ca.key(), password.toCharArray(), ca.chain().toArray(new Certificate[0]));
        try (OutputStream to = Files.newOutputStream(file)) {
          store.store(to, password.toCharArray());
        }
      } else {
        String id = Long.toHexString(new SecureRandom().nextLong());
        keytool(
            password,
            file,
            List.of(
                "-alias",
                CA,
                "-dname",
                "CN=Muster CA " + id,
                "-validity",
                "" + CA_DAYS,
                "-ext",
                "bc:critical=ca:true,pathlen:0",
                "-ext",
                "ku:critical=keyCertSign,cRLSign"));
      }
      keytool(
          password,
          file,
          List.of(
              "-alias",
              "own",
              "-dname",
              "CN=" + name,
              "-validity",
              "" + days,
              "-signer",
              CA,
              "-ext",
              "san=" + String.join(",", names()),
              "-ext",
              "ku:critical=digitalSignature",
              "-ext",
              "eku=serverAuth,clientAuth"));
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream from = Files.newInputStream(file)) {
        store.load(from, password.toCharArray());
      }
      if (!known) {
        write(caKey, pem("PRIVATE KEY", key(store, CA, password)), true);
        write(caCertificate, pem("CERTIFICATE", store.getCertificate(CA).getEncoded()), false);
      }
      write(key, pem("PRIVATE KEY", key(store, "own", password)), true);
      write(certificate, pem("CERTIFICATE", store.getCertificate("own").getEncoded()), false);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(temporary);
    }
  }

  private static byte[] key(KeyStore store, String alias, String password)
      throws GeneralSecurityException {
    return store.getKey(alias, password.toCharArray()).getEncoded();
  }

  private Set<String> names() {
    Set<String> all = new LinkedHashSet<>();
    Stream<String> wanted = hosts.stream();
    if (hosts.isEmpty()) wanted = Stream.of(hostName(), "localhost", "127.0.0.1", "::1");
    wanted.forEach(
        h -> all.add((h.indexOf(':') >= 0 || h.matches("[0-9.]+") ? "ip:" : "dns:") + h));
    return all;
  }

  private static String hostName() {
    try {
      String name = InetAddress.getLocalHost().getHostName();
      return name.matches("[A-Za-z0-9][A-Za-z0-9.-]*") ? name : "localhost";
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /// A pair of keys with a certificate, in a store.
  private static void keytool(String password, Path store, List<String> options)
      throws IOException, InterruptedException {
    Path program = Path.of(System.getProperty("java.home"), "bin", "keytool");
    List<String> command = new ArrayList<>(List.of(program.toString(), "-genkeypair"));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
    command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
    // Other users can see arguments, not the environment.
    command.addAll(List.of("-storepass:env", PASSWORD));
    command.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(PASSWORD, password);
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
    if (process.waitFor() != 0) {
      throw new MusterException(
          ErrorCode.TLS_MATERIAL, program + " made no certificate: " + said.strip());
    }
  }

  private static void write(Path file, String text, boolean secret) throws IOException {
    Files.createFile(
        file,
        PosixFilePermissions.asFileAttribute(
            PosixFilePermissions.fromString(secret ? "rw-------" : "rw-r--r--")));
    Files.writeString(file, text);
  }

  private static String pem(String kind, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
  }

  private void report(Path certificate, Path key, Path caCertificate, Path caKey, boolean known) {
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("cert", certificate.toString());
      all.put("key", key.toString());
      all.put("ca", caCertificate.toString());
      all.put("ca_made", !known);
      System.out.println(AdminClient.JSON.writeValueAsString(all));
      return;
    }
    if (!known) System.out.println("authority    " + caCertificate + " and " + caKey);
    System.out.println("certificate  " + certificate + " and " + key);
    System.out.println();
    System.out.println("link:");
    System.out.println("  tls:");
    System.out.println("    cert: " + certificate);
    System.out.println("    key: " + key);
    System.out.println("    ca: " + caCertificate);
  }

  private static MusterException bad(String why) {
    return new MusterException(ErrorCode.BAD_REQUEST, why);
  }
}
