package io.muster.plugins.balancer.haproxy;

import io.muster.spi.balance.BalancerException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A configuration file of haproxy with the tags between which Muster writes. Immutable.
///
/// `#<servers/>` becomes `#<servers>` … `#</servers>` with a line per server between, indented as
/// the tag is, so that the file can be rendered again and again. Everything else stays as it is.
///
/// @param lines of the file
/// @param places where servers go, from top to bottom
/// @param endsWithBreak whether the last line ends
record TaggedFile(List<String> lines, List<Place> places, boolean endsWithBreak) {
  private static final Pattern SECTION =
      Pattern.compile(
          "(global|defaults|frontend|backend|listen|userlist|peers|mailers|resolvers|program|ring"
              + "|cache|http-errors|fcgi-app|log-forward)(?:\\s+(\\S+))?.*");
  private static final Pattern MODE = Pattern.compile("\\s*mode\\s+(\\S+).*");
  private static final Pattern DEFAULT_SERVER = Pattern.compile("\\s*default-server\\s.*");

  /// A place for servers.
  ///
  /// @param first index of the opening tag
  /// @param last index of the closing tag; the same for `#<servers/>`
  /// @param backend whose servers they are
  /// @param http whether it speaks HTTP; else TCP
  /// @param plain no `default-server` holds there, which servers added at run time would lack
  record Place(int first, int last, String indent, String backend, boolean http, boolean plain) {}

  TaggedFile {
    lines = List.copyOf(lines);
    places = List.copyOf(places);
  }

  /// @param name of the file, for messages
  /// @throws BalancerException `RENDER` when a tag is not closed, or stands where no server can
  static TaggedFile parse(String name, String text) {
    List<String> lines = text.lines().toList();
    List<Place> places = new ArrayList<>();
    String section = "";
    String backend = "";
    boolean http = false;
    boolean plain = true;
    boolean httpDefault = false;
    boolean plainDefault = true;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String bare = line.strip();
      Matcher head = SECTION.matcher(line);
      if (head.matches()) {
        section = head.group(1);
        backend = head.group(2) == null ? "" : head.group(2);
        if (section.equals("defaults")) {
          httpDefault = false;
          plainDefault = true;
        }
        http = httpDefault;
        plain = plainDefault;
      }
      Matcher mode = MODE.matcher(line);
      if (mode.matches()) http = mode.group(1).equals("http");
      if (DEFAULT_SERVER.matcher(line).matches()) plain = false;
      if (section.equals("defaults")) {
        httpDefault = http;
        plainDefault = plain;
      }
      if (bare.equals("#</servers>")) throw wrong(name, i, "#</servers> without #<servers>");
      if (!bare.equals("#<servers/>") && !bare.equals("#<servers>")) continue;
      if (backend.isEmpty() || !(section.equals("backend") || section.equals("listen"))) {
        throw wrong(name, i, "expected the tag in a backend or listen section with a name");
      }
      int last = bare.equals("#<servers/>") ? i : closing(name, lines, i);
      // What haproxy reads below the tag still belongs to the section and may change these two.
      places.add(new Place(i, last, line.substring(0, line.indexOf('#')), backend, http, plain));
      i = last;
    }
    return new TaggedFile(lines, sections(lines, places), text.isEmpty() || text.endsWith("\n"));
  }

  private static int closing(String name, List<String> lines, int from) {
    for (int i = from + 1; i < lines.size(); i++) {
      String bare = lines.get(i).strip();
      if (bare.equals("#</servers>")) return i;
      if (bare.equals("#<servers>") || bare.equals("#<servers/>")) break;
      if (SECTION.matcher(lines.get(i)).matches()) break;
    }
    throw wrong(name, from, "expected #</servers> after #<servers>, in the same section");
  }

  /// The places once more, with what the rest of their sections says.
  private static List<Place> sections(List<String> lines, List<Place> places) {
    List<Place> all = new ArrayList<>();
    for (Place place : places) {
      boolean http = place.http();
      boolean plain = place.plain();
      for (int i = place.last() + 1; i < lines.size(); i++) {
        if (SECTION.matcher(lines.get(i)).matches()) break;
        Matcher mode = MODE.matcher(lines.get(i));
        if (mode.matches()) http = mode.group(1).equals("http");
        if (DEFAULT_SERVER.matcher(lines.get(i)).matches()) plain = false;
      }
      all.add(new Place(place.first(), place.last(), place.indent(), place.backend(), http, plain));
    }
    return all;
  }

  private static BalancerException wrong(String name, int index, String what) {
    return new BalancerException(
        BalancerException.Step.RENDER, name + ":" + (index + 1) + ": " + what);
  }

  /// The file with other lines at its places.
  String with(Function<Place, List<String>> content) {
    List<String> out = new ArrayList<>();
    int at = 0;
    for (Place place : places) {
      out.addAll(lines.subList(at, place.first()));
      out.add(place.indent() + "#<servers>");
      for (String line : content.apply(place)) out.add(place.indent() + line);
      out.add(place.indent() + "#</servers>");
      at = place.last() + 1;
    }
    out.addAll(lines.subList(at, lines.size()));
    return String.join("\n", out) + (endsWithBreak ? "\n" : "");
  }

  /// The lines of servers there are at the places, by backend and name.
  Map<String, Map<String, String>> servers() {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    for (Place place : places) {
      Map<String, String> here = all.computeIfAbsent(place.backend(), _ -> new LinkedHashMap<>());
      for (int i = place.first() + 1; i < place.last(); i++) {
        String line = lines.get(i).strip();
        String[] words = line.split("\\s+", 3);
        if (words.length > 1 && words[0].equals("server")) here.put(words[1], line);
      }
    }
    return all;
  }

  /// The file without its servers: what a running process cannot be told.
  String skeleton() {
    return with(
        place ->
            lines.subList(Math.min(place.first() + 1, place.last()), place.last()).stream()
                .map(String::strip)
                .filter(line -> !line.startsWith("server "))
                .toList());
  }
}
