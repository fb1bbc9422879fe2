package io.muster.cli;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.node.NameLook;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `muster discover`: what a member with `membership.source: dns` would find.
@Command(
    name = "discover",
    mixinStandardHelpOptions = true,
    description = {
      "Shows which addresses name servers know of members under a name, in the order in which they"
          + " would be asked, and which records they come from.",
      "Asks the name servers from here; no member is needed."
    },
    footer = {
      "",
      "Exit codes: 0 found; 1 nothing is known, or no name server answers; 2 usage.",
      "",
      "Example:  muster discover muster.example.org",
      "          muster discover example.org:56000 --server 127.0.0.1:5353"
    })
final class DiscoverCommand implements Callable<Integer> {
  private static final int PORT = 56000;
  private static final int TRIES = 2;

  @Parameters(
      paramLabel = "NAME",
      description = "A name, a name and a port, or the name of SRV records.")
  String name = "";

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description = "A name server to ask instead of those of the system; may be repeated.")
  List<String> servers = List.of();

  @Option(
      names = "--timeout",
      paramLabel = "S",
      defaultValue = "2s",
      converter = DurationOption.class,
      description = "How long one server may take, in seconds or as 500ms (${DEFAULT-VALUE}).")
  Duration timeout = Duration.ofSeconds(2);

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  @Override
  public Integer call() {
    NameLook found = NameLook.at(name, addresses(), timeout, TRIES, PORT);
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("source", found.source());
      all.put("keepSeconds", found.keep().toSeconds());
      List<Map<String, String>> targets = new ArrayList<>();
      for (NameLook.Target t : found.targets()) {
        targets.add(Map.of("transport", t.transport(), "address", t.address().toString()));
      }
      all.put("targets", targets);
      System.out.println(AdminClient.JSON.writeValueAsString(all));
    } else if (!found.targets().isEmpty()) {
      System.out.printf("from %s records, for %d s%n", found.source(), found.keep().toSeconds());
      for (NameLook.Target t : found.targets()) {
        System.out.printf("%-5s %s%n", t.transport(), t.address());
      }
    }
    if (!found.targets().isEmpty()) return Main.OK;
    System.err.println("muster: name servers know nothing of " + name);
    return Main.FAILURE;
  }

  private List<Address> addresses() {
    try {
      return servers.stream().map(Address::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID, "--server: expected HOST:PORT (" + e.getMessage() + ")", e);
    }
  }
}
