package io.muster.supervision.trigger;

import io.muster.spi.action.ActionReport;
import io.muster.spi.action.Firing;
import io.muster.spi.store.JsonValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a member is to its triggers. Methods are called on any thread.
public interface Surroundings {
  /// This member's name, unique in the cluster.
  String member();

  /// Who leads and who is here; asked often, so it must not block.
  Standing standing();

  /// The file this member was started with; empty where there is none.
  Optional<Path> configFile();

  /// Publishes to clients of all members; may block for a moment.
  ///
  /// @throws RuntimeException with a message when it could not
  void publish(String path, JsonValue data);

  /// Tells the notification sinks; blocks.
  ///
  /// @param via names of sinks; empty for all
  /// @param text instead of the usual one; empty for that
  ActionReport tell(Firing firing, List<String> via, String text) throws InterruptedException;

  /// Where relative paths begin.
  default Path configDirectory() {
    return configFile()
        .map(Path::toAbsolutePath)
        .map(Path::getParent)
        .orElse(Path.of("").toAbsolutePath());
  }

  /// @param leads whether this member leads the group of the registry and has a quorum
  /// @param leader its name; empty while there is none
  /// @param present names of the members that are here, this one included
  record Standing(boolean leads, String leader, Set<String> present) {
    public Standing {
      present = Set.copyOf(present);
    }
  }
}
