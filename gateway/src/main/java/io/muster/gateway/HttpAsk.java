package io.muster.gateway;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/// A plain HTTP request, body included; header names in lower case.
public record HttpAsk(
    String method,
    String path,
    Map<String, List<String>> query,
    Map<String, String> headers,
    byte[] body,
    InetSocketAddress remote,
    boolean tls) {}
