package io.muster.spi.store;

/// Criteria that cannot be read or are beyond the bounds; the message names what is wrong with
/// them, for whoever wrote them.
public final class CriteriaException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  public CriteriaException(String message) {
    super(message);
  }
}
