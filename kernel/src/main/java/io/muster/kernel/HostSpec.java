package io.muster.kernel;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Hosts that are given as a network interface of this machine: `eth0`, `eth0/ipv6`, `eth0/ipv4/1`.
///
/// Asks the system anew each time; safe on any thread.
public final class HostSpec {
  private HostSpec() {}

  /// The address of this machine that others reach it at.
  ///
  /// @param warning why it is not the one that was asked for; empty when it is
  public record Public(String address, String warning) {}

  /// An interface with its addresses, without zones.
  private record Device(String name, boolean loopback, List<InetAddress> addresses) {}

  /// A host as it stands in settings of Muster: an interface of this machine, if it names one with
  /// or without family and index, else the text itself.
  ///
  /// @throws IllegalArgumentException `no such interface SPEC`, when there is a slash and no such
  ///     interface, family or index
  public static String resolve(String text) {
    if (text.isEmpty() || text.indexOf('.') >= 0 || text.indexOf(':') >= 0) return text;
    String device = text.split("/", -1)[0];
    boolean known = devices().stream().anyMatch(d -> d.name.equals(device));
    return known || text.indexOf('/') >= 0 ? address(text) : text;
  }

  /// The address of an interface.
  ///
  /// @param spec `device[/family[/index]]`; the family is `ipv4` unless it is given, the index 0
  /// @throws IllegalArgumentException `no such interface SPEC`
  public static String address(String spec) {
    String[] parts = spec.split("/", -1);
    String family = parts.length > 1 ? parts[1].toLowerCase(java.util.Locale.ROOT) : "ipv4";
    int index;
    try {
      index = parts.length > 2 ? Integer.parseInt(parts[2]) : 0;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("no such interface " + spec, e);
    }
    if (parts.length > 3 || index < 0 || !(family.equals("ipv4") || family.equals("ipv6"))) {
      throw new IllegalArgumentException("no such interface " + spec);
    }
    List<String> found = new ArrayList<>();
    for (Device d : devices()) {
      if (!d.name.equals(parts[0])) continue;
      for (InetAddress a : d.addresses) {
        if (family.equals("ipv4") ? a instanceof Inet4Address : a instanceof Inet6Address) {
          found.add(text(a));
        }
      }
    }
    if (index >= found.size()) throw new IllegalArgumentException("no such interface " + spec);
    return found.get(index);
  }

  /// The address that others reach this machine at: that of the interface which the variables
  /// `NETWORK_INTERFACE_ID` (`eth0`) and `NETWORK_INTERFACE` (its address, counted from 0) name;
  /// else the first IPv4 address that is neither loopback nor link-local, interfaces by name.
  ///
  /// @return empty when this machine has none
  public static Optional<Public> ofThisMachine(Map<String, String> environment) {
    String named = environment.getOrDefault("NETWORK_INTERFACE_ID", "eth0");
    String index = environment.getOrDefault("NETWORK_INTERFACE", "0");
    try {
      return Optional.of(new Public(address(named + "/ipv4/" + index), ""));
    } catch (IllegalArgumentException e) {
      for (Device d : devices()) {
        if (d.loopback) continue;
        for (InetAddress a : d.addresses) {
          if (!(a instanceof Inet4Address) || a.isLinkLocalAddress()) continue;
          return Optional.of(
              new Public(
                  text(a),
                  "no IPv4 address "
                      + index
                      + " of interface "
                      + named
                      + " (NETWORK_INTERFACE_ID, NETWORK_INTERFACE): took that of "
                      + d.name));
        }
      }
      return Optional.empty();
    }
  }

  private static String text(InetAddress a) {
    String text = a.getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  private static List<Device> devices() {
    try {
      List<Device> all = new ArrayList<>();
      for (NetworkInterface n : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        all.add(new Device(n.getName(), n.isLoopback(), Collections.list(n.getInetAddresses())));
      }
      all.sort(Comparator.comparing(Device::name));
      return all;
    } catch (SocketException e) {
      throw new IllegalArgumentException("this machine's interfaces cannot be read", e);
    }
  }
}
