package io.muster.spi;

/// A text that must not be shown: it prints as stars. Immutable.
public final class SecretText {
  private final String text;

  public SecretText(String text) {
    this.text = text;
  }

  /// The text itself, for the moment it is used.
  public String reveal() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SecretText s && s.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return "***";
  }
}
