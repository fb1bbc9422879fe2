package io.muster.plugins.check.http;

import com.google.re2j.Pattern;
import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.ProviderSettings;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import java.util.Optional;

/// `tcp`: a connection is taken, and perhaps something is said.
public final class TcpProvider implements CheckProvider {
  @Override
  public String name() {
    return "tcp";
  }

  @Override
  public CheckSetup read(ProviderSettings s) {
    Optional<byte[]> send = Bytes.bytes(s, "send", "What is sent once connected.");
    Optional<byte[]> expect =
        Bytes.bytes(s, "expect", "What must be somewhere in the first bytes that come.");
    Optional<Pattern> regex =
        Bytes.regex(
            s,
            "expect_regex",
            "What must be found in the first bytes that come; a byte is a character.");
    int max =
        (int) s.bytes("expect_max", 65_536, 1, 1 << 20, "How many bytes are looked at, at most.");
    if (expect.isPresent() && regex.isPresent()) {
      throw s.wrong("expect_regex", "expect or expect_regex, not both");
    }
    return new TcpSetup(send, expect, regex, max, TlsOptions.read(s));
  }
}
