package io.muster.plugins.store.postgresql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.muster.plugins.store.database.Database;
import io.muster.plugins.store.database.DatabaseSettings;
import io.muster.plugins.store.database.JsonObjects;
import io.muster.spi.SecretText;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.Selection;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/// Records as rows.
///
/// A put is one statement; a merge and an increment read the row under its lock, so that none loses
/// what another one writes at the same time, and a member that dies between leaves nothing. Every
/// statement that changes something looks at the database's clock first: one that was stuck
/// somewhere until its caller had been told that nobody knows must not happen long after.
final class PostgresDatabase implements Database {
  private static final int VERSION_MIN = 120_000;
  private static final int FETCH_ROWS = 200;
  private static final int TRIES = 5;
  private static final int CLUSTER_BYTES_MAX = 500;
  private static final String ADVICE = "raise store.list_bytes_max";
  private static final String COLUMNS =
      "path, long_path, data, created, modified, created_by, modified_by, version";

  private final PostgresSettings settings;
  private final DatabaseSettings bounds;
  private final String cluster;
  private final String member;
  private final String table;
  private volatile @Nullable Connection probing;
  private volatile @Nullable HikariDataSource pool;
  private volatile boolean closed;

  /// What to add to this machine's clock to get the database's, in milliseconds; at most as much
  /// too large as a round trip takes.
  private volatile long clockAhead;

  PostgresDatabase(PostgresSettings settings, String cluster, String member) {
    this.settings = settings;
    this.bounds = settings.bounds();
    this.cluster = cluster;
    this.member = member;
    this.table = "\"" + settings.schema() + "\".\"" + settings.table() + "\"";
    if (cluster.getBytes(StandardCharsets.UTF_8).length > CLUSTER_BYTES_MAX) {
      throw new StoreException(
          Kind.FAILED, "the cluster's name has more than " + CLUSTER_BYTES_MAX + " bytes", null);
    }
  }

  @Override
  public String place() {
    return settings.place();
  }

  // --- connecting

  private Properties properties(int answerSeconds) {
    Properties p = new Properties();
    settings.user().ifPresent(u -> p.setProperty("user", u));
    settings.password().map(SecretText::reveal).ifPresent(w -> p.setProperty("password", w));
    p.setProperty("ApplicationName", "muster " + member);
    p.setProperty("connectTimeout", Integer.toString(answerSeconds));
    p.setProperty("loginTimeout", Integer.toString(answerSeconds));
    p.setProperty("socketTimeout", Integer.toString(answerSeconds));
    p.setProperty("tcpKeepAlive", "true");
    return p;
  }

  private int answerSeconds() {
    return (int) Math.min(Integer.MAX_VALUE, (bounds.timeout().toMillis() + 999) / 1000 + 1);
  }

  @Override
  public void prepare() {
    String doing = "it cannot be reached";
    try {
      closeProbing();
      Connection connection =
          new Driver().connect(settings.url().reveal(), properties(Math.min(5, answerSeconds())));
      if (connection == null) throw new SQLException("not a URL of PostgreSQL", "08001");
      probing = connection;
      look(connection);
      doing = "the table " + table + " cannot be used";
      table(connection);
      HikariDataSource open = pool;
      if (open == null) open();
      else open.getHikariPoolMXBean().softEvictConnections();
      if (closed) close();
    } catch (SQLException e) {
      closeProbing();
      StoreException failure = SqlFailures.failure(e, false);
      throw new StoreException(failure.kind(), doing + ": " + failure.getMessage(), e);
    }
  }

  private void look(Connection connection) throws SQLException {
    long before = System.currentTimeMillis();
    try (Statement s = connection.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT pg_is_in_recovery(), current_setting('server_encoding'),"
                    + " current_setting('server_version_num')::int,"
                    + " (extract(epoch FROM clock_timestamp()) * 1000)::bigint")) {
      r.next();
      if (r.getBoolean(1)) throw new SQLException("it is a standby and cannot be written", "25006");
      if (!r.getString(2).equals("UTF8")) {
        throw new SQLException(
            "its encoding is " + r.getString(2) + "; create the database with ENCODING 'UTF8'",
            "3D000");
      }
      if (r.getInt(3) < VERSION_MIN) {
        throw new SQLException("it is older than PostgreSQL 12", "3D000");
      }
      clockAhead = r.getLong(4) - before;
    }
  }

  private void table(Connection connection) throws SQLException {
    if (!exists(connection)) {
      try (Statement s = connection.createStatement()) {
        s.execute(definition());
      } catch (SQLException e) {
        // Another member may have made it at the same time.
        if (!exists(connection)) throw e;
      }
    }
    // Every column, before a write finds out.
    try (Statement s = connection.createStatement()) {
      s.executeQuery("SELECT cluster, query, " + COLUMNS + " FROM " + table + " LIMIT 0").close();
    }
    try (PreparedStatement s =
        new Sql("SELECT has_table_privilege(?, 'INSERT'), has_table_privilege(?, 'UPDATE'),")
            .add(" has_table_privilege(?, 'DELETE')", table, table, table)
            .on(connection)) {
      ResultSet r = s.executeQuery();
      r.next();
      if (!r.getBoolean(1) || !r.getBoolean(2) || !r.getBoolean(3)) {
        throw new SQLException(
            "the user lacks a right: GRANT SELECT, INSERT, UPDATE, DELETE ON " + table, "42501");
      }
    }
  }

  private boolean exists(Connection connection) throws SQLException {
    try (PreparedStatement s =
        new Sql("SELECT to_regclass(?) IS NOT NULL").add("", table).on(connection)) {
      ResultSet r = s.executeQuery();
      return r.next() && r.getBoolean(1);
    }
  }

  private String definition() {
    return "CREATE TABLE "
        + table
        + " (cluster text COLLATE \"C\" NOT NULL,"
        + " path text COLLATE \"C\" NOT NULL,"
        + " long_path text COLLATE \"C\","
        + " data json NOT NULL,"
        + " query jsonb,"
        + " created bigint NOT NULL,"
        + " modified bigint NOT NULL,"
        + " created_by text,"
        + " modified_by text,"
        + " version bigint NOT NULL,"
        + " PRIMARY KEY (cluster, path))";
  }

  private void open() {
    long ms = bounds.timeout().toMillis();
    HikariConfig config = new HikariConfig();
    config.setPoolName("store-postgresql");
    config.setDriverClassName(Driver.class.getName());
    config.setJdbcUrl(settings.url().reveal());
    config.setDataSourceProperties(properties(answerSeconds()));
    config.setMaximumPoolSize(bounds.threads());
    config.setMinimumIdle(Math.min(2, bounds.threads()));
    config.setConnectionTimeout(Math.max(250, ms));
    config.setValidationTimeout(Math.clamp(ms / 2, 250, 2000));
    config.setInitializationFailTimeout(-1);
    config.setRegisterMbeans(false);
    // A write that is answered is on the disk, and a member that vanishes leaves no lock behind.
    config.setConnectionInitSql(
        "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
            + " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),"
            + timeout("statement_timeout", ms)
            + timeout("lock_timeout", ms)
            + timeout("idle_in_transaction_session_timeout", ms)
            + " set_config('default_transaction_isolation', 'read committed', false)");
    pool = new HikariDataSource(config);
  }

  private static String timeout(String name, long ms) {
    return " set_config('" + name + "', '" + ms + "', false),";
  }

  @Override
  public void probe() {
    Connection connection = probing;
    try {
      if (connection == null) throw new SQLException("not connected", "08003");
      look(connection);
    } catch (SQLException e) {
      throw SqlFailures.failure(e, false);
    }
  }

  private void closeProbing() {
    Connection connection = probing;
    probing = null;
    if (connection == null) return;
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      // It is given up in any case.
    }
  }

  private Connection connection() {
    HikariDataSource open = pool;
    if (open == null || closed) {
      throw new StoreException(Kind.UNAVAILABLE, "not connected; nothing was done", null);
    }
    try {
      return open.getConnection();
    } catch (SQLException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "no connection; nothing was done: " + SqlFailures.failure(e, false).getMessage(),
          e);
    }
  }

  // --- reading

  private static boolean impossible(String pattern) {
    // PostgreSQL's texts hold every character but this one.
    return pattern.indexOf('\0') >= 0;
  }

  private static PathRecord record(ResultSet r) throws SQLException {
    String longPath = r.getString(2);
    return new PathRecord(
        longPath == null ? r.getString(1) : longPath,
        r.getString(3).getBytes(StandardCharsets.UTF_8),
        r.getLong(4),
        r.getLong(5),
        r.getString(6),
        r.getString(7),
        r.getLong(8));
  }

  @Override
  public Optional<PathRecord> get(String path) {
    if (impossible(path)) return Optional.empty();
    Sql sql = new Sql("SELECT " + COLUMNS + " FROM " + table).where(cluster, path);
    try (Connection connection = connection();
        PreparedStatement s = sql.on(connection);
        ResultSet r = s.executeQuery()) {
      return r.next() ? Optional.of(record(r)) : Optional.empty();
    } catch (SQLException e) {
      throw SqlFailures.failure(e, false);
    }
  }

  @Override
  public List<PathRecord> list(ListQuery q) {
    if (impossible(q.pattern())) return List.of();
    CriteriaSql criteria = CriteriaSql.of(q.criteria());
    Optional<String> order = CriteriaSql.order(q.sort());
    Sql sql = select(q.pattern(), criteria);
    if (!criteria.exact() || order.isEmpty()) {
      sql.add(" ORDER BY " + Sql.PATH);
      return selected(sql, new Selection(q, bounds.listBytesMax(), ADVICE));
    }
    sql.add(order.get());
    if (q.limit() > 0 && q.limit() < Integer.MAX_VALUE) sql.add(" LIMIT ?", q.limit());
    if (q.skip() > 0) sql.add(" OFFSET ?", q.skip());
    ListQuery rest = ListQuery.all(q.pattern());
    return selected(sql, new Selection(rest, bounds.listBytesMax(), ADVICE));
  }

  private Sql select(String pattern, CriteriaSql criteria) {
    return new Sql("SELECT " + COLUMNS + " FROM " + table).where(cluster, pattern).and(criteria);
  }

  private List<PathRecord> selected(Sql sql, Selection selection) {
    each(sql, selection::offer);
    return selection.result();
  }

  /// Shows the rows with a cursor, so that an answer that is too large is never held.
  private void each(Sql sql, Predicate<PathRecord> goOn) {
    try (Connection connection = connection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement s = sql.on(connection)) {
        s.setFetchSize(FETCH_ROWS);
        try (ResultSet r = s.executeQuery()) {
          boolean more = true;
          while (more && r.next()) more = goOn.test(record(r));
        }
      } finally {
        connection.rollback();
      }
    } catch (SQLException e) {
      throw SqlFailures.failure(e, false);
    }
  }

  @Override
  public long count(String pattern, Criteria given) {
    if (impossible(pattern)) return 0;
    CriteriaSql criteria = CriteriaSql.of(given);
    if (!criteria.exact()) {
      CriteriaMatcher matcher = CriteriaMatcher.of(given);
      long[] n = {0};
      each(
          select(pattern, criteria),
          r -> {
            if (matcher.matches(r)) n[0]++;
            return true;
          });
      return n[0];
    }
    Sql sql = new Sql("SELECT count(*) FROM " + table).where(cluster, pattern).and(criteria);
    try (Connection connection = connection();
        PreparedStatement s = sql.on(connection);
        ResultSet r = s.executeQuery()) {
      r.next();
      return r.getLong(1);
    } catch (SQLException e) {
      throw SqlFailures.failure(e, false);
    }
  }

  // --- writing

  @Override
  public Written write(Write write, long expires) {
    if (impossible(write.path())) {
      throw new StoreException(Kind.REFUSED, "PostgreSQL keeps no path with a NUL", null);
    }
    boolean searchable = true;
    for (int tries = 1; ; tries++) {
      try (Connection connection = connection()) {
        Changing change = new Changing(connection, expires);
        try {
          PathRecord written =
              write instanceof Write.Put p && p.when() == Write.When.ALWAYS
                  ? change.put(p, searchable)
                  : change.replace(write, searchable);
          if (written != null) return new Written(written);
          if (write instanceof Write.Put && write.when() == Write.When.ALWAYS) tries = TRIES;
        } catch (SQLException e) {
          // jsonb takes less than JSON allows (no NUL in a text, no half of a character).
          boolean jsonb = searchable && SqlFailures.state(e).matches("(22|54).*");
          boolean again = tries < TRIES && SqlFailures.gaveWay(e);
          if (!jsonb && !again) throw SqlFailures.failure(e, change.mayHaveHappened);
          if (jsonb) searchable = false;
        }
      } catch (SQLException e) {
        throw SqlFailures.failure(e, true);
      }
      boolean late = System.currentTimeMillis() >= expires;
      if (late || tries >= TRIES) {
        throw new StoreException(
            Kind.UNAVAILABLE,
            late
                ? "the database took too long; nothing was written"
                : "no turn at this record; nothing was written",
            null);
      }
    }
  }

  private long expiresThere(long expires) {
    return expires + clockAhead;
  }

  /// One attempt to change a row on one connection. For one thread.
  private final class Changing {
    private final Connection connection;
    private final long expires;

    /// Whether a lost answer leaves it open what happened.
    boolean mayHaveHappened;

    Changing(Connection connection, long expires) {
      this.connection = connection;
      this.expires = expires;
    }

    private Sql insert(Write write, byte[] data, boolean searchable) {
      long now = System.currentTimeMillis();
      String path = write.path();
      return new Sql("INSERT INTO " + table + " AS r (cluster, " + COLUMNS + ", query)")
          .add(" SELECT ?, ?, ?, d, ?, ?, ?, ?, 1,", cluster, Sql.key(path))
          .add("", Sql.isLong(path) ? path : null, now, now, write.by(), write.by())
          .add(searchable ? " CAST(d AS jsonb)" : " NULL")
          .add(" FROM (SELECT CAST(? AS json) AS d) AS given", text(data))
          .add(" WHERE clock_timestamp() < to_timestamp(?)", expiresThere(expires) / 1000.0);
    }

    /// @return null when it was too late, and nothing happened
    @Nullable PathRecord put(Write.Put put, boolean searchable) throws SQLException {
      Sql sql =
          insert(put, put.data(), searchable)
              .add(" ON CONFLICT (cluster, path) DO UPDATE SET data = excluded.data,")
              .add(" query = excluded.query, modified = greatest(r.modified, excluded.modified),")
              .add(" modified_by = excluded.modified_by, version = r.version + 1");
      mayHaveHappened = true;
      return returned(sql, put, put.data());
    }

    private @Nullable PathRecord returned(Sql sql, Write write, byte[] data) throws SQLException {
      sql.add(" RETURNING r.created, r.modified, r.created_by, r.version");
      try (PreparedStatement s = sql.on(connection);
          ResultSet r = s.executeQuery()) {
        if (!r.next()) return null;
        return new PathRecord(
            write.path(),
            data,
            r.getLong(1),
            r.getLong(2),
            r.getString(3),
            write.by(),
            r.getLong(4));
      }
    }

    /// Reads the row under its lock and writes what becomes of it.
    ///
    /// @return null when somebody was faster or it was too late, and nothing happened
    @Nullable PathRecord replace(Write write, boolean searchable) throws SQLException {
      connection.setAutoCommit(false);
      try {
        byte[] old = locked(write.path());
        JsonObjects.require(write, old != null);
        byte[] data = JsonObjects.after(old, write, bounds.recordBytesMax());
        Sql sql =
            old == null
                ? insert(write, data, searchable).add(" ON CONFLICT (cluster, path) DO NOTHING")
                : update(write, data, searchable);
        PathRecord written = returned(sql, write, data);
        if (written == null) {
          connection.rollback();
          return null;
        }
        mayHaveHappened = true;
        connection.commit();
        return written;
      } catch (SQLException | RuntimeException e) {
        if (!mayHaveHappened) undo(connection, e);
        throw e;
      }
    }

    private byte @Nullable [] locked(String path) throws SQLException {
      Sql sql = new Sql("SELECT data FROM " + table).where(cluster, path).add(" FOR UPDATE");
      try (PreparedStatement s = sql.on(connection);
          ResultSet r = s.executeQuery()) {
        return r.next() ? r.getString(1).getBytes(StandardCharsets.UTF_8) : null;
      }
    }

    private Sql update(Write write, byte[] data, boolean searchable) {
      return new Sql("UPDATE " + table + " AS r SET data = d,")
          .add(searchable ? " query = CAST(d AS jsonb)," : " query = NULL,")
          .add(" modified = greatest(r.modified, ?),", System.currentTimeMillis())
          .add(" modified_by = ?, version = r.version + 1", write.by())
          .add(" FROM (SELECT CAST(? AS json) AS d) AS given", text(data))
          .where(cluster, write.path())
          .add(" AND clock_timestamp() < to_timestamp(?)", expiresThere(expires) / 1000.0);
    }
  }

  private static String text(byte[] data) {
    return new String(data, StandardCharsets.UTF_8);
  }

  @Override
  public long remove(String pattern, Criteria given, long expires) {
    if (impossible(pattern)) return 0;
    CriteriaSql criteria = CriteriaSql.of(given);
    for (int tries = 1; ; tries++) {
      boolean[] mayHaveHappened = {false};
      try (Connection connection = connection()) {
        return criteria.exact()
            ? removed(connection, pattern, criteria, expires, mayHaveHappened)
            : picked(connection, pattern, given, expires, mayHaveHappened);
      } catch (SQLException e) {
        if (tries < TRIES && SqlFailures.gaveWay(e)) continue;
        throw SqlFailures.failure(e, mayHaveHappened[0]);
      }
    }
  }

  private long removed(
      Connection connection,
      String pattern,
      CriteriaSql criteria,
      long expires,
      boolean[] mayHaveHappened)
      throws SQLException {
    Sql sql =
        new Sql("WITH removed AS (DELETE FROM " + table)
            .where(cluster, pattern)
            .and(criteria)
            .add(" AND clock_timestamp() < to_timestamp(?)", expiresThere(expires) / 1000.0)
            .add(" RETURNING 1) SELECT count(*), clock_timestamp() < to_timestamp(?) FROM removed")
            .add("", expiresThere(expires) / 1000.0);
    try (PreparedStatement s = sql.on(connection)) {
      mayHaveHappened[0] = true;
      try (ResultSet r = s.executeQuery()) {
        r.next();
        long removed = r.getLong(1);
        if (removed == 0 && !r.getBoolean(2)) throw tooLate();
        return removed;
      }
    }
  }

  private static StoreException tooLate() {
    return new StoreException(
        Kind.UNAVAILABLE, "the database took too long; nothing was removed", null);
  }

  /// Removes what fulfils criteria that SQL cannot say: looks at the candidates under their locks.
  private long picked(
      Connection connection,
      String pattern,
      Criteria given,
      long expires,
      boolean[] mayHaveHappened)
      throws SQLException {
    CriteriaMatcher matcher = CriteriaMatcher.of(given);
    List<String> keys = new ArrayList<>();
    connection.setAutoCommit(false);
    try {
      // In the order of keys, so that two of these never wait for each other.
      Sql candidates = select(pattern, CriteriaSql.of(given)).add(" ORDER BY path FOR UPDATE");
      try (PreparedStatement s = candidates.on(connection)) {
        s.setFetchSize(FETCH_ROWS);
        try (ResultSet r = s.executeQuery()) {
          while (r.next()) if (matcher.matches(record(r))) keys.add(r.getString(1));
        }
      }
      if (keys.isEmpty()) {
        connection.rollback();
        return 0;
      }
      Array all = connection.createArrayOf("text", keys.toArray());
      Sql delete =
          new Sql("DELETE FROM " + table + " WHERE cluster = ? AND path = ANY (?)")
              .add(" AND clock_timestamp() < to_timestamp(?)", cluster, all)
              .add("", expiresThere(expires) / 1000.0);
      int removed;
      try (PreparedStatement s = delete.on(connection)) {
        removed = s.executeUpdate();
      }
      if (removed == 0) throw tooLate();
      mayHaveHappened[0] = true;
      connection.commit();
      return removed;
    } catch (SQLException | RuntimeException e) {
      if (!mayHaveHappened[0]) undo(connection, e);
      throw e;
    }
  }

  private static void undo(Connection connection, Exception because) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      because.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    HikariDataSource open = pool;
    // Breaks what is under way, after a moment.
    if (open != null) open.close();
    closeProbing();
  }
}
