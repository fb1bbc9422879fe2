package io.muster.plugins.store.postgresql;

import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import java.sql.SQLException;

/// What errors of PostgreSQL mean for whoever asked, by their SQLSTATE.
final class SqlFailures {
  private SqlFailures() {}

  /// @param mayHaveHappened whether a statement that changes something by itself, or a commit, was
  ///     under way
  static StoreException failure(SQLException e, boolean mayHaveHappened) {
    Kind kind = kind(state(e), mayHaveHappened);
    String why = message(e);
    if (kind == Kind.UNKNOWN) why = "it is not known whether this was written: " + why;
    return new StoreException(kind, why, e);
  }

  private static Kind kind(String state, boolean mayHaveHappened) {
    // Said by the server instead of doing it.
    if (state.equals("57014") || state.equals("57P03") || state.equals("25006")) {
      return Kind.UNAVAILABLE;
    }
    if (state.equals("53100") || state.equals("3D000")) return Kind.FAILED;
    return switch (state.isEmpty() ? "08" : state.substring(0, 2)) {
      // The connection broke, the server ends: nobody knows how far it came.
      case "08", "57" -> mayHaveHappened ? Kind.UNKNOWN : Kind.UNAVAILABLE;
      case "25", "40", "53", "55" -> Kind.UNAVAILABLE;
      case "21", "22", "23", "54" -> Kind.REFUSED;
      default -> Kind.FAILED;
    };
  }

  /// The first SQLSTATE there is: a pool's own errors have none, their causes do.
  static String state(SQLException e) {
    Throwable t = e;
    for (int depth = 0; t != null && depth < 10; depth++, t = t.getCause()) {
      if (t instanceof SQLException s && s.getSQLState() != null) return s.getSQLState();
    }
    return "";
  }

  /// Whether a transaction was chosen to give way to another one.
  static boolean gaveWay(SQLException e) {
    return state(e).startsWith("40");
  }

  private static String message(SQLException e) {
    StringBuilder all = new StringBuilder();
    Throwable t = e;
    for (int depth = 0; t != null && depth < 3; depth++, t = t.getCause()) {
      String m = t.getMessage();
      if (m == null || all.indexOf(m) >= 0) continue;
      if (!all.isEmpty()) all.append(": ");
      all.append(m.replaceAll("\\s+", " "));
    }
    return all.isEmpty() ? e.toString() : all.toString();
  }
}
