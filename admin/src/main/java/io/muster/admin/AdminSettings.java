package io.muster.admin;

import io.muster.kernel.Address;
import io.muster.kernel.SettingsSection;

/// The `admin` branch.
///
/// @param auth whether requests need the token; may be off on loopback only
public record AdminSettings(Address listen, Auth auth) {
  /// Who may ask.
  public enum Auth {
    TOKEN,
    NONE
  }

  public static AdminSettings read(SettingsSection s) {
    String listen = s.text("listen", "127.0.0.1:8880", "address for administration");
    Auth auth = s.choice("auth", Auth.class, Auth.TOKEN, "token, or none: legal on loopback only");
    try {
      return new AdminSettings(Address.parse(listen), auth);
    } catch (IllegalArgumentException e) {
      throw s.wrong("listen", "host:port (" + e.getMessage() + ")");
    }
  }
}
