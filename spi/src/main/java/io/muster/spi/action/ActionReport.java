package io.muster.spi.action;

import java.util.List;

/// How an action went. Immutable.
///
/// @param done whether it did what it should
/// @param message why not, on one line, nothing secret; what it did otherwise, or empty
/// @param exitCodes of its commands, in their order; empty where it has none
/// @param output what it printed: shown to operators, at most 16 KiB and a line
public record ActionReport(boolean done, String message, List<Integer> exitCodes, String output) {
  public ActionReport {
    exitCodes = List.copyOf(exitCodes);
  }

  public static ActionReport done(String message) {
    return new ActionReport(true, message, List.of(), "");
  }

  public static ActionReport failed(String message) {
    return new ActionReport(false, message, List.of(), "");
  }
}
