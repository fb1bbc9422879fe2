package io.muster.plugins.check.http;

import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.ProviderSettings;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// `grpc`: the standard health service, `grpc.health.v1.Health/Check`.
public final class GrpcProvider implements CheckProvider {
  private static final int SERVICE_MAX = 1024;

  @Override
  public String name() {
    return "grpc";
  }

  @Override
  public CheckSetup read(ProviderSettings s) {
    String service = s.text("service", "", "Which service is asked for; empty: the whole server.");
    if (service.getBytes(StandardCharsets.UTF_8).length > SERVICE_MAX) {
      throw s.wrong("service", "at most " + SERVICE_MAX + " bytes");
    }
    Optional<String> host =
        s.optionalText(
            "host", "The :authority asked for, and the name in TLS; empty: the address.");
    if (host.isPresent() && !host.get().matches("[!-.0-~]+")) {
      throw s.wrong("host", "a name, perhaps with a port");
    }
    return new GrpcSetup(service, host, TlsOptions.read(s));
  }
}
