package io.muster.plugins.check.http;

import io.muster.spi.ProviderSettings;
import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Codes of HTTP that are well: `200-299,301`. Immutable.
final class StatusSet {
  private static final Pattern PART = Pattern.compile("\\s*(\\d{3})\\s*(?:-\\s*(\\d{3})\\s*)?");
  private final BitSet codes = new BitSet(1000);
  private final String text;

  private StatusSet(String text) {
    this.text = text;
  }

  static StatusSet read(ProviderSettings s, String key, String fallback) {
    String given =
        s.text(key, fallback, "Codes that are well, single ones and ranges: 200-299,301.");
    StatusSet set = new StatusSet(given.strip());
    for (String part : given.split(",", -1)) {
      Matcher m = PART.matcher(part);
      if (!m.matches()) throw wrong(s, key, given);
      int from = Integer.parseInt(m.group(1));
      int to = m.group(2) == null ? from : Integer.parseInt(m.group(2));
      if (from < 100 || to < from) throw wrong(s, key, given);
      set.codes.set(from, to + 1);
    }
    return set;
  }

  private static RuntimeException wrong(ProviderSettings s, String key, String given) {
    return s.wrong(key, "codes such as 200-299,301, found: " + given);
  }

  boolean has(int code) {
    return codes.get(code);
  }

  @Override
  public String toString() {
    return text;
  }
}
