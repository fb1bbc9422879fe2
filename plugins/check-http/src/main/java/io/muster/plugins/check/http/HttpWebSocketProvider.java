package io.muster.plugins.check.http;

/// `websocket` under the name it has for clusters of type `http`.
public final class HttpWebSocketProvider extends WebSocketProvider {
  @Override
  public String name() {
    return "http-websocket";
  }
}
