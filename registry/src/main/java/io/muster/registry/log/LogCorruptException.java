package io.muster.registry.log;

import java.io.IOException;
import java.nio.file.Path;

/// The log holds something that Muster did not write there.
public final class LogCorruptException extends IOException {
  private static final long serialVersionUID = 1;

  LogCorruptException(Path file, long offset, String what) {
    super(file + " at byte " + offset + ": " + what);
  }
}
