package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.realtime.Topics;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/v1/topics`: messages between members, for `muster topic`.
final class TopicRoutes {
  private final AdminFaces faces;
  private final Watches watches;

  TopicRoutes(AdminFaces faces, Watches watches) {
    this.faces = faces;
    this.watches = watches;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/topics", this::listen, "topic"),
        Route.guarded("POST", "/v1/topics", this::send, "topic"));
  }

  /// A stream of what is said, under one topic or all.
  private void listen(Exchange x) throws IOException {
    watches.serveTopic(x, faces.topics(), x.query("topic").orElse(""));
  }

  /// Answers when the message is with the listeners here and on its way to all others.
  private void send(Exchange x) throws IOException {
    Optional<String> topic = x.query("topic").filter(t -> !t.isBlank());
    if (topic.isEmpty()) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "query: expected topic=NAME, such as topic=/jobs/changed");
    }
    Topics topics = faces.topics();
    Waiting.on(topics.send(topic.get(), x.body()));
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("topic", topic.get());
    answer.put("origin", faces.status().name());
    x.json(200, answer);
  }
}
