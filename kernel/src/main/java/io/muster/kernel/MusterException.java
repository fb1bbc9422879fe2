package io.muster.kernel;

import org.jspecify.annotations.Nullable;

/// A failure of the world, with a stable code of the catalogue and a message that says what was
/// expected, what was found, where, and what to do next.
public class MusterException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final ErrorCode code;

  public MusterException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public MusterException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public final ErrorCode code() {
    return code;
  }
}
