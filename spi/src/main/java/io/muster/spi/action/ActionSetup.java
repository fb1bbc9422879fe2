package io.muster.spi.action;

import java.nio.file.Path;

/// An action with its keys read. Immutable.
public interface ActionSetup {
  /// Opens it for a member; must wait for nobody.
  Action open(Place place);

  /// Where it is opened.
  ///
  /// @param cluster whose trigger it belongs to
  /// @param trigger the trigger's id
  /// @param member the name of this member
  /// @param configDirectory of the file that names it: relative paths begin there
  record Place(String cluster, String trigger, String member, Path configDirectory) {}
}
