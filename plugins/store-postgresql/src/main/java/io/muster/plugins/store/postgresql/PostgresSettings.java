package io.muster.plugins.store.postgresql;

import io.muster.plugins.store.database.DatabaseSettings;
import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/// The keys of `store` that belong to PostgreSQL.
///
/// @param url as the driver understands it, `jdbc:` included; may hold a password
/// @param schema of the table
/// @param table that holds the records of all clusters, made when it is missing
record PostgresSettings(
    SecretText url,
    Optional<String> user,
    Optional<SecretText> password,
    String schema,
    String table,
    DatabaseSettings bounds) {
  private static final String FALLBACK = "jdbc:postgresql://127.0.0.1:5432/muster";

  static PostgresSettings read(ProviderSettings s) {
    SecretText url =
        s.secret(
                "url",
                "of the database, as the JDBC driver reads it, e.g. "
                    + "postgresql://db1,db2/muster?targetServerType=primary&sslmode=verify-full")
            .map(
                u ->
                    new SecretText(
                        u.reveal().startsWith("jdbc:") ? u.reveal() : "jdbc:" + u.reveal()))
            .orElse(new SecretText(FALLBACK));
    PostgresSettings all =
        new PostgresSettings(
            url,
            s.optionalText("user", "who connects; else the URL's, else the system's user"),
            s.secret("password", "of the user"),
            name(s, "schema", "public", "schema of the table"),
            name(s, "table", "muster_records", "table of the records, made when it is missing"),
            DatabaseSettings.read(s, 16 << 20, 128 << 20));
    if (parsed(url) == null || url.reveal().substring(5).matches("[^?]*@.*")) {
      throw s.wrong(
          "url",
          "postgresql://HOST:PORT/DATABASE?…, with user and password under keys of their own");
    }
    return all;
  }

  private static String name(ProviderSettings s, String key, String fallback, String meaning) {
    String name = s.text(key, fallback, meaning);
    if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,62}")) {
      throw s.wrong(key, "a name of letters, digits and '_', at most 63, found '" + name + "'");
    }
    return name;
  }

  private static @Nullable Properties parsed(SecretText url) {
    return url.reveal().startsWith("jdbc:postgresql:")
        ? Driver.parseURL(url.reveal(), new Properties())
        : null;
  }

  /// Hosts and database, without what may be secret.
  String place() {
    Properties p = parsed(url);
    if (p == null) return "PostgreSQL";
    String[] hosts = p.getProperty("PGHOST", "localhost").split(",", -1);
    String[] ports = p.getProperty("PGPORT", "5432").split(",", -1);
    StringBuilder place = new StringBuilder("postgresql://");
    for (int i = 0; i < hosts.length; i++) {
      if (i > 0) place.append(',');
      place.append(hosts[i]).append(':').append(ports[Math.min(i, ports.length - 1)]);
    }
    return place.append('/').append(p.getProperty("PGDBNAME", "")).toString();
  }
}
