package io.muster.spi.store;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/// A regular expression of criteria: RE2 syntax, whose matching takes time linear in the text, as
/// patterns come from clients. Immutable; safe on any thread.
///
/// It knows what JavaScript and PCRE know except look-ahead and look-behind, backreferences,
/// possessive and atomic groups, `\\u` and `\\c` escapes. A repetition counts to 1000, and the
/// pattern with all its repetitions written out has [#SIZE_MAX] steps at most.
public final class CriteriaRegex {
  /// Longest pattern, in characters.
  public static final int LENGTH_MAX = 1000;

  /// Most steps of a pattern: each of them is looked at for each character of a text at worst.
  public static final int SIZE_MAX = 2000;

  private final Pattern pattern;

  private CriteriaRegex(Pattern pattern) {
    this.pattern = pattern;
  }

  /// Compiles a pattern.
  ///
  /// @throws CriteriaException when it is too long, too large or not understood
  public static CriteriaRegex of(Condition.Regex regex) {
    String text = regex.pattern();
    if (text.length() > LENGTH_MAX) {
      throw new CriteriaException(
          "a $regex of " + text.length() + " characters, at most " + LENGTH_MAX);
    }
    if (size(text) > SIZE_MAX) throw tooLarge(text);
    int flags = 0;
    for (Condition.Flag f : regex.flags()) {
      flags |=
          switch (f) {
            case IGNORE_CASE -> Pattern.CASE_INSENSITIVE;
            case MULTILINE -> Pattern.MULTILINE;
            case DOT_ALL -> Pattern.DOTALL;
          };
    }
    Pattern compiled;
    try {
      compiled = Pattern.compile(text, flags);
    } catch (PatternSyntaxException e) {
      throw new CriteriaException("$regex " + text + " is not understood: " + e.getDescription());
    }
    if (compiled.programSize() > 2 * SIZE_MAX) throw tooLarge(text);
    return new CriteriaRegex(compiled);
  }

  private static CriteriaException tooLarge(String text) {
    return new CriteriaException(
        "$regex " + text + " is too large: its repetitions make more than " + SIZE_MAX + " steps");
  }

  /// Whether it is found anywhere in a text.
  public boolean found(String text) {
    return pattern.matcher(text).find();
  }

  /// How many steps a pattern has when its counted repetitions are written out, before anybody
  /// does that; a large number as soon as it is clear that they are too many. Need not be right
  /// for what the compiler refuses.
  private static long size(String p) {
    Deque<Long> outer = new ArrayDeque<>();
    long all = 0;
    long last = 0;
    for (int i = 0; i < p.length(); i++) {
      char c = p.charAt(i);
      if (c == '(') {
        outer.push(all);
        all = 0;
        last = 0;
        continue;
      }
      int repeated = c == '{' ? p.indexOf('}', i) : -1;
      long times = repeated < 0 ? -1 : times(p.substring(i + 1, repeated));
      if (times >= 0) {
        all += last * (times - 1);
        last *= times;
        i = repeated;
      } else if (c == ')') {
        last = all + 2;
        all = last + (outer.isEmpty() ? 0 : outer.pop());
      } else {
        i = atom(p, i);
        last = 1;
        all++;
      }
      if (all > SIZE_MAX) return all;
    }
    for (long before : outer) all += before;
    return all;
  }

  /// The highest count of a repetition, at least 1; -1 when it is none.
  private static long times(String inside) {
    if (!inside.matches("[0-9]{1,9}(,[0-9]{0,9})?")) return -1;
    int comma = inside.indexOf(',');
    long least = Long.parseLong(comma < 0 ? inside : inside.substring(0, comma));
    String most = comma < 0 ? "" : inside.substring(comma + 1);
    return Math.max(1, Math.max(least, most.isEmpty() ? 0 : Long.parseLong(most)));
  }

  /// The index of the last character of what stands at `i`: a character, an escape or a class.
  private static int atom(String p, int i) {
    char c = p.charAt(i);
    if (c == '\\') return i + 1;
    if (c != '[') return i;
    int j = i + 1;
    if (j < p.length() && p.charAt(j) == '^') j++;
    if (j < p.length() && p.charAt(j) == ']') j++;
    for (; j < p.length() && p.charAt(j) != ']'; j++) {
      if (p.charAt(j) == '\\') j++;
      int named = p.startsWith("[:", j) ? p.indexOf(":]", j + 2) : -1;
      if (named >= 0) j = named + 1;
    }
    return j;
  }
}
