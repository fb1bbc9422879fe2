package io.muster.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// `muster stop --pid-file`: for a member that cannot be asked.
final class StopByPid {
  private StopByPid() {}

  /// @param timeout zero does not wait
  static int stop(Path file, Duration timeout, boolean json) {
    Optional<ProcessHandle> holder = PidFile.holder(file);
    if (holder.isEmpty()) {
      throw new Main.NotRunning("the member does not seem to be running: nobody holds " + file);
    }
    ProcessHandle process = holder.get();
    process.destroy();
    if (timeout.isZero()) {
      System.out.println(json ? "{\"stopping\":true,\"pid\":" + process.pid() + "}" : "stopping");
      return Main.OK;
    }
    try {
      process.onExit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      System.err.println(
          "muster: process "
              + process.pid()
              + " is still stopping after "
              + DurationOption.words(timeout)
              + "; its log says what it waits for");
      return Main.FAILURE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Main.FAILURE;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    System.out.println(json ? "{\"stopped\":true}" : "stopped");
    return Main.OK;
  }
}
