package io.muster.spi.balance;

/// A balancer could not be brought where it should be.
public final class BalancerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// How far it came.
  public enum Step {
    /// The template or a name in it is missing or wrong.
    RENDER,
    /// The software's checker refused the file, or is missing.
    VALIDATE,
    /// The file could not be written.
    WRITE,
    /// The software did not take it.
    APPLY,
    /// It took it, but does not use it.
    VERIFY,
    /// It does not answer.
    UNREACHABLE
  }

  private final Step step;

  /// @param message what was expected, what was found, where, what to do; with the software's own
  ///     words, at most 4 KiB
  public BalancerException(Step step, String message, Throwable cause) {
    super(message, cause);
    this.step = step;
  }

  public BalancerException(Step step, String message) {
    super(message);
    this.step = step;
  }

  public Step step() {
    return step;
  }
}
