import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Turns the error catalogue (`*.errors` beside this file) into the Java enum and the reference
/// page.
///
/// Run by the build with the JDK alone: `java GenerateErrors.java CATALOGUE_DIR SOURCES_DIR PAGE`.
/// A block of the catalogue reads `[NUMBER name]` followed by `status`, `text`, `cause` and
/// `remedy`, one `key = value` a line; `#` starts a comment. Numbers and names are never used
/// twice, not even after an error has gone.
class GenerateErrors {
  record Row(int number, String name, String area, Map<String, String> fields) {
    String field(String key) {
      String value = fields.get(key);
      if (value == null)
        throw new IllegalStateException(
            area + ".errors: [" + number + " " + name + "] lacks '" + key + "'");
      return value;
    }
  }

  public static void main(String[] args) throws IOException {
    List<Row> rows = read(Path.of(args[0]));
    Path java = Path.of(args[1], "io", "muster", "kernel", "ErrorCode.java");
    Files.createDirectories(java.getParent());
    write(java, source(rows));
    write(Path.of(args[2]), page(rows));
  }

  /// Leaves a file alone that is right already: a newer one would have every module compiled anew.
  static void write(Path file, String text) throws IOException {
    if (Files.exists(file) && Files.readString(file).equals(text)) return;
    Files.writeString(file, text);
  }

  static List<Row> read(Path dir) throws IOException {
    List<Row> rows = new ArrayList<>();
    Set<Integer> numbers = new HashSet<>();
    Set<String> names = new HashSet<>();
    List<Path> files;
    try (var list = Files.list(dir)) {
      files = list.filter(f -> f.toString().endsWith(".errors")).sorted().toList();
    }
    for (Path file : files) {
      String area = file.getFileName().toString().replace(".errors", "");
      Row row = null;
      int line = 0;
      for (String text : Files.readAllLines(file)) {
        line++;
        String t = text.strip();
        if (t.isEmpty() || t.startsWith("#")) continue;
        if (t.startsWith("[")) {
          String[] head = t.substring(1, t.indexOf(']')).strip().split(" +");
          row = new Row(Integer.parseInt(head[0]), head[1], area, new HashMap<>());
          if (!numbers.add(row.number) || !names.add(row.name)) {
            throw new IllegalStateException(
                file + ":" + line + ": number or name used twice: " + t);
          }
          rows.add(row);
          continue;
        }
        int eq = t.indexOf('=');
        if (row == null || eq < 0)
          throw new IllegalStateException(
              file + ":" + line + ": expected 'key = value', found: " + t);
        row.fields.put(t.substring(0, eq).strip(), t.substring(eq + 1).strip());
      }
    }
    rows.sort((a, b) -> Integer.compare(a.number, b.number));
    return rows;
  }

  static String source(List<Row> rows) {
    StringBuilder b = new StringBuilder();
    b.append(
        "package io.muster.kernel;\n\n"
            + "/// Every failure Muster reports, generated from the catalogue in"
            + " `kernel/src/main/catalogue`.\n");
    b.append("public enum ErrorCode {\n");
    for (int i = 0; i < rows.size(); i++) {
      Row r = rows.get(i);
      b.append("  /// ").append(r.field("text")).append('\n');
      b.append("  ")
          .append(r.name.toUpperCase(Locale.ROOT))
          .append('(')
          .append(r.number)
          .append(", ")
          .append(quote(r.name))
          .append(", ")
          .append(Integer.parseInt(r.field("status")))
          .append(", ")
          .append(quote(r.field("text")))
          .append(", ")
          .append(quote(r.field("cause")))
          .append(", ")
          .append(quote(r.field("remedy")))
          .append(')')
          .append(i == rows.size() - 1 ? ";\n" : ",\n");
    }
    b.append(
        """

          private final int number;
          private final String code;
          private final int status;
          private final String text;
          private final String cause;
          private final String remedy;

          ErrorCode(int number, String code, int status, String text, String cause, String remedy) {
            this.number = number;
            this.code = code;
            this.status = status;
            this.text = text;
            this.cause = cause;
            this.remedy = remedy;
          }

          /// The stable number, such as 2003.
          public int number() {
            return number;
          }

          /// The stable name in snake_case, as in logs and problem documents.
          public String code() {
            return code;
          }

          /// The HTTP status that fits.
          public int status() {
            return status;
          }

          /// One sentence of what happened.
          public String text() {
            return text;
          }

          /// What usually causes it.
          public String cause() {
            return cause;
          }

          /// What to do about it.
          public String remedy() {
            return remedy;
          }
        }
        """
            .replaceAll("(?m)^  ", "  "));
    return b.toString();
  }

  static String page(List<Row> rows) {
    StringBuilder b =
        new StringBuilder(
            "# Errors\n\n"
                + "Generated from `kernel/src/main/catalogue`; do not edit. `muster explain CODE`"
                + " prints one row.\n");
    String area = "";
    for (Row r : rows) {
      if (!r.area.equals(area)) {
        area = r.area;
        b.append("\n## ")
            .append(area)
            .append(
                "\n\n"
                    + "| number | name | status | what | cause | remedy |\n"
                    + "|---|---|---|---|---|---|\n");
      }
      b.append("| ")
          .append(r.number)
          .append(" | `")
          .append(r.name)
          .append("` | ")
          .append(r.field("status"))
          .append(" | ")
          .append(r.field("text"))
          .append(" | ")
          .append(r.field("cause"))
          .append(" | ")
          .append(r.field("remedy"))
          .append(" |\n");
    }
    return b.toString();
  }

  static String quote(String s) {
    return "\"" + s.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
