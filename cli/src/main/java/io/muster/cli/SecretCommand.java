package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `muster secret`.
@Command(
    name = "secret",
    mixinStandardHelpOptions = true,
    description = "Makes and replaces what the members of a cluster share.",
    subcommands = {
      SecretCommand.Generate.class,
      SecretRotateCommand.class,
      SecretStatusCommands.Status.class,
      SecretStatusCommands.Reload.class
    },
    footer = {
      "",
      "Example:  muster secret generate --out /etc/muster/secret",
      "          muster secret rotate -c muster.yaml"
    })
final class SecretCommand extends CommandGroup {
  @Command(
      name = "generate",
      mixinStandardHelpOptions = true,
      description = {
        "Prints a new cluster secret: 256 random bits as 43 letters, digits, '-' and '_'.",
        "Give the same one to all members: as cluster.secret, or in a file that"
            + " cluster.secret_file names."
      },
      footer = {
        "",
        "Example:  muster secret generate",
        "          muster secret generate --out /etc/muster/secret"
      })
  static final class Generate implements Callable<Integer> {
    @Option(
        names = "--out",
        paramLabel = "FILE",
        description =
            "Write it there instead, readable by its owner only; a file that exists is left alone.")
    @Nullable Path out;

    @Option(names = "--json", description = "Output for programs.")
    boolean json;

    @Override
    public Integer call() {
      Secret secret = Secret.random(new SecureRandom());
      if (out == null) {
        System.out.println(
            json
                ? AdminClient.JSON.writeValueAsString(Map.of("secret", secret.reveal()))
                : secret.reveal());
        return Main.OK;
      }
      write(out, secret);
      System.out.println(
          json
              ? AdminClient.JSON.writeValueAsString(Map.of("file", out.toString()))
              : "written to " + out + "; set cluster.secret_file to it on every member");
      return Main.OK;
    }

    private static void write(Path file, Secret secret) {
      try {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, secret.reveal() + "\n");
      } catch (FileAlreadyExistsException e) {
        throw failed(file + " exists and is left alone; choose another file or remove it", e);
      } catch (NoSuchFileException e) {
        throw failed(file + ": its directory does not exist", e);
      } catch (IOException e) {
        throw failed(file + " cannot be written (" + e.getMessage() + ")", e);
      }
    }

    private static MusterException failed(String why, IOException e) {
      return new MusterException(ErrorCode.BAD_REQUEST, "--out: " + why, e);
    }
  }
}
