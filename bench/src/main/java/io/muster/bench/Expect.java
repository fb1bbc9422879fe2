package io.muster.bench;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;

/// Ranges of what a plan may ask for, named by the options of the command line.
final class Expect {
  private Expect() {}

  static void range(String option, double found, double least, double most) {
    if (found >= least && found <= most) return;
    throw wrong(option, "expected " + text(least) + " to " + text(most) + ", found " + text(found));
  }

  static MusterException wrong(String option, String problem) {
    return new MusterException(ErrorCode.SETTING_INVALID, "--" + option + ": " + problem);
  }

  private static String text(double v) {
    return v == Math.rint(v) ? Long.toString((long) v) : Double.toString(v);
  }
}
