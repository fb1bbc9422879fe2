package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `muster secret rotate`: one step of replacing the cluster's secret, on one machine's files.
@Command(
    name = "rotate",
    mixinStandardHelpOptions = true,
    description = {
      "Does one step of replacing the cluster's secret, on the files of one machine.",
      "Each step is done on all machines, each member being restarted, before the next one begins:"
          + " at any time two members accept each other."
    },
    footer = {
      "",
      "Steps: accept (the new one is accepted beside the old one, which is still used); switch (the"
          + " new one is used, the old one still accepted); drop (the old one is accepted no more)."
          + " A step that is done already does nothing; one that comes too early is refused.",
      "FILE of --secret is what cluster.secret_file names, that of --before what"
          + " cluster.secret_before_file names.",
      "",
      "Exit codes: 0 done; 1 refused, nothing was changed; 2 usage.",
      "",
      "Example:  muster secret generate --out /etc/muster/secret.new",
      "          muster secret rotate accept --new /etc/muster/secret.new"
          + " --secret /etc/muster/secret --before /etc/muster/secret.before"
    })
final class SecretRotateCommand implements Callable<Integer> {
  private static final int SHORTEST = 16;

  /// What is done.
  enum Step {
    ACCEPT,
    SWITCH,
    DROP
  }

  @Parameters(paramLabel = "STEP", description = "accept, switch or drop.")
  Step step = Step.ACCEPT;

  @Option(
      names = "--new",
      paramLabel = "FILE",
      required = true,
      description = "The new secret, the same on all machines.")
  Path fresh = Path.of("");

  @Option(
      names = "--secret",
      paramLabel = "FILE",
      required = true,
      description = "The secret that is used.")
  Path secret = Path.of("");

  @Option(
      names = "--before",
      paramLabel = "FILE",
      required = true,
      description = "The other one that is accepted; made by accept where it is absent.")
  Path before = Path.of("");

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  @Override
  public Integer call() {
    String next = read(fresh);
    if (next.length() < SHORTEST) {
      throw refused(fresh + ": expected " + SHORTEST + " characters or more");
    }
    String used = read(secret);
    String other = Files.exists(before) ? read(before) : used;
    boolean changed =
        switch (step) {
          case ACCEPT -> accept(next, used, other);
          case SWITCH -> turn(next, used, other);
          case DROP -> drop(next, used, other);
        };
    print(changed);
    return Main.OK;
  }

  private boolean accept(String next, String used, String other) {
    if (same(used, next)) throw refused(secret + " is the new one already; the next step is drop");
    if (same(other, next)) return false;
    if (!same(other, used)) {
      throw refused(
          before + ": expected the secret in use or the new one, found a third; drop it first");
    }
    write(before, next);
    return true;
  }

  private boolean turn(String next, String used, String other) {
    if (same(used, next)) return false;
    if (!same(other, next)) throw refused(before + " is not the new one; the next step is accept");
    // A crash between both leaves what was there before accept, which then is done once more.
    write(before, used);
    write(secret, next);
    return true;
  }

  private boolean drop(String next, String used, String other) {
    if (!same(used, next)) throw refused(secret + " is not the new one; the next step is switch");
    if (same(other, next)) return false;
    write(before, next);
    return true;
  }

  private void print(boolean changed) {
    String name = step.name().toLowerCase(Locale.ROOT);
    if (json) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("step", name);
      row.put("changed", changed);
      System.out.println(AdminClient.JSON.writeValueAsString(row));
      return;
    }
    String next =
        switch (step) {
          case ACCEPT -> "restart this member; when all have done so: switch";
          case SWITCH -> "restart this member; when all have done so: drop";
          case DROP -> "restart this member; the old secret is worth nothing then";
        };
    System.out.println(name + (changed ? ": done; " : ": was done already; ") + next);
  }

  private static boolean same(String a, String b) {
    return MessageDigest.isEqual(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw refused(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  private static void write(Path file, String text) {
    try {
      Path next = file.resolveSibling(file.getFileName() + ".writing");
      Files.deleteIfExists(next);
      Files.createFile(
          next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(next, text + "\n");
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, file + " cannot be written (" + e.getMessage() + ")", e);
    }
  }

  private static MusterException refused(String why) {
    return new MusterException(ErrorCode.BAD_REQUEST, why);
  }
}
