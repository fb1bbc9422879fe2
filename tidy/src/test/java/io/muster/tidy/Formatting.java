package io.muster.tidy;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One way to write Java: google-java-format, after prose in `//` and `///` comments has been
/// filled to 100 columns (the formatter would break such lines in the middle of a thought).
final class Formatting {
  private static final int COLUMNS = 100;
  private static final Pattern COMMENT = Pattern.compile("^(\\s*)(///?) ?(.*)$");
  private static final Pattern ITEM = Pattern.compile("^(\\s*)(@\\w+ |[-*] |\\d+\\. )");

  private Formatting() {}

  static String format(String source) throws FormatterException {
    Formatter formatter = new Formatter(JavaFormatterOptions.defaultOptions());
    String filled = fill(source);
    return formatter.formatSource(
        ImportOrderer.reorderImports(
            RemoveUnusedImports.removeUnusedImports(filled), JavaFormatterOptions.Style.GOOGLE));
  }

  /// Refills the comment blocks that have a line too long; leaves all others alone.
  static String fill(String source) {
    List<String> lines = source.lines().toList();
    List<String> out = new ArrayList<>();
    for (int i = 0; i < lines.size(); ) {
      Matcher first = COMMENT.matcher(lines.get(i));
      if (!first.matches()) {
        out.add(lines.get(i++));
        continue;
      }
      String lead = first.group(1) + first.group(2);
      List<String> block = new ArrayList<>();
      boolean tooLong = false;
      while (i < lines.size()) {
        Matcher m = COMMENT.matcher(lines.get(i));
        if (!m.matches() || !lead.equals(m.group(1) + m.group(2))) break;
        tooLong |= lines.get(i).length() > COLUMNS;
        block.add(m.group(3));
        i++;
      }
      for (String line : tooLong ? refill(block, COLUMNS - lead.length() - 1) : block) {
        out.add((lead + " " + line).stripTrailing());
      }
    }
    return String.join("\n", out) + "\n";
  }

  private static List<String> refill(List<String> block, int width) {
    List<String> out = new ArrayList<>();
    List<String> paragraph = new ArrayList<>();
    boolean fence = false;
    for (String line : block) {
      String text = line.strip();
      boolean verbatim = fence || text.startsWith("|") || text.startsWith("#") || text.isEmpty();
      if (text.startsWith("```")) {
        fence = !fence;
        verbatim = true;
      }
      if (verbatim || ITEM.matcher(line).find()) flush(paragraph, width, out);
      if (verbatim) out.add(line);
      else paragraph.add(line);
    }
    flush(paragraph, width, out);
    return out;
  }

  private static void flush(List<String> paragraph, int width, List<String> out) {
    if (paragraph.isEmpty()) return;
    String first = paragraph.getFirst();
    Matcher item = ITEM.matcher(first);
    String indent = first.substring(0, first.length() - first.stripLeading().length());
    if (item.find()) {
      indent = item.group(2).startsWith("@") ? "    " : " ".repeat(item.end());
    }
    StringBuilder line = new StringBuilder();
    String lead = first.substring(0, first.length() - first.stripLeading().length());
    for (String part : paragraph) {
      for (String word : part.strip().split("\\s+")) {
        if (!line.isEmpty() && lead.length() + line.length() + 1 + word.length() > width) {
          out.add(lead + line);
          line.setLength(0);
          lead = indent;
        }
        if (!line.isEmpty()) line.append(' ');
        line.append(word);
      }
    }
    out.add(lead + line);
    paragraph.clear();
  }
}
