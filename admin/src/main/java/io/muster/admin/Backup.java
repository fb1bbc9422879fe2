package io.muster.admin;

import java.io.IOException;
import java.io.OutputStream;

/// All data of the cluster as captured at one moment, to be sent. For one thread; blocks.
public interface Backup extends AutoCloseable {
  /// How much it is before it is compressed.
  long bytes();

  /// Writes all of it and closes `out`; once.
  void writeTo(OutputStream out) throws IOException;

  /// Gives up what was captured.
  @Override
  void close();
}
