package io.muster.supervision.check;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The one signal Java cannot send: to a process group. Asking a shell to do it would start a
/// process for each script that ends.
@SuppressWarnings("restricted")
final class Signals {
  private static final int SIGKILL = 9;

  /// `int kill(pid_t pid, int sig)` of POSIX; a negative pid is a group.
  private static final MethodHandle KILL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().find("kill").orElseThrow(),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private Signals() {}

  /// Ends a process group by force; nothing where it has none any more.
  ///
  /// @param leader its process id, more than 1
  static void killGroup(long leader) {
    // 0 and -1 mean this process' own group, and everybody.
    if (leader <= 1) throw new IllegalArgumentException("no group: " + leader);
    try {
      int _ = (int) KILL.invokeExact((int) -leader, SIGKILL);
    } catch (Throwable e) {
      throw new IllegalStateException("kill", e);
    }
  }
}
