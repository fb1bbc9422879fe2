package io.muster.cli;

import io.muster.kernel.Address;
import io.muster.node.MusterSettings;
import io.muster.node.Recovery;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `muster recover`: go on with what one member has.
@Command(
    name = "recover",
    mixinStandardHelpOptions = true,
    description = {
      "After a majority was lost FOR EVER: goes on with what this one member has.",
      "Offline, on the data directory of a survivor. Alone it only shows what the survivor has;"
          + " with --yes-i-may-lose-writes it makes it the only voter of a new life of the cluster."
    },
    footer = {
      "",
      "WRITES CAN BE LOST: what was acknowledged by a majority without this member is gone, and"
          + " nobody can say what it was. Bring a majority back if there is any way to. Of several"
          + " survivors choose the one with the highest entries; the others are refused by name"
          + " afterwards, and so is everybody who comes back. They join anew with empty"
          + " directories.",
      "The former files stay in <data_dir>/before-recovery-…. See docs/operate/recovery.md.",
      "",
      "Exit codes: 0 shown or recovered; 1 refused; 2 usage or configuration.",
      "",
      "Example:  muster recover -c muster.yaml",
      "          muster recover -c muster.yaml --yes-i-may-lose-writes"
    })
final class RecoverCommand implements Callable<Integer> {
  @Mixin SettingsOptions settings = new SettingsOptions();

  @Option(
      names = "--yes-i-may-lose-writes",
      description = "Do it. Without this option nothing is changed.")
  boolean yes;

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  @Override
  public Integer call() {
    MusterSettings read = MusterSettings.read(settings.load());
    try (Recovery recovery = new Recovery(read)) {
      if (!json) show(recovery);
      if (!yes) {
        if (json) print(recovery, false, "");
        else say("Nothing was changed. To go on without the others: --yes-i-may-lose-writes");
        return Main.OK;
      }
      Path before = recovery.run();
      if (json) {
        print(recovery, true, before.toString());
        return Main.OK;
      }
      System.out.printf("recovered  %s votes alone; former files in %s%n", recovery.self(), before);
      System.out.println(
          "next       start this member, then new ones with empty data directories; take a backup");
    }
    return Main.OK;
  }

  private static void say(String text) {
    System.out.println(text);
  }

  private static void show(Recovery recovery) {
    System.out.printf("member     %s at %s%n", recovery.name(), recovery.self());
    for (Recovery.Found f : recovery.found()) {
      System.out.printf(
          "%-9s  entries up to %d of term %d, voters %s%n",
          f.group(), f.index(), f.term(), addresses(f.voters()));
    }
    if (recovery.found().isEmpty()) {
      say("An earlier recovery was interrupted; what is left is to finish it.");
      return;
    }
    say("");
    say("!! What a majority acknowledged without this member IS LOST: all entries beyond those");
    say("!! above. Do this only when the others are gone for ever; compare the survivors first.");
    say("");
  }

  private static String addresses(List<Address> all) {
    return String.join(", ", all.stream().map(Address::toString).toList());
  }

  private static void print(Recovery recovery, boolean done, String before) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("recovered", done);
    row.put("member", recovery.name());
    row.put("address", recovery.self().toString());
    List<Map<String, Object>> groups = new ArrayList<>();
    for (Recovery.Found f : recovery.found()) {
      Map<String, Object> g = new LinkedHashMap<>();
      g.put("group", f.group());
      g.put("index", f.index());
      g.put("term", f.term());
      g.put("snapshot", f.snapshot());
      g.put("voters", f.voters().stream().map(Address::toString).toList());
      groups.add(g);
    }
    row.put("groups", groups);
    if (done) row.put("before", before);
    System.out.println(AdminClient.JSON.writeValueAsString(row));
  }
}
