package io.muster.supervision.check;

import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import java.util.List;
import java.util.Map;

/// Keys of a `script` check.
///
/// @param command program and arguments
/// @param env beside what every script gets
/// @param directory absolute
record ScriptSetup(List<String> command, Map<String, String> env, String directory, int concurrent)
    implements CheckSetup {
  ScriptSetup {
    command = List.copyOf(command);
    env = Map.copyOf(env);
  }

  @Override
  public Check open(CheckContext context) {
    return new ScriptCheck(this);
  }
}
