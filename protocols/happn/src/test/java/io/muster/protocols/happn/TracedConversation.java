package io.muster.protocols.happn;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// A program that plays a set and a removal, with an SDK where it is told to, and prints the spans.
final class TracedConversation {
  private TracedConversation() {}

  public static void main(String[] arguments) throws Exception {
    List<SpanData> ended = new CopyOnWriteArrayList<>();
    if (arguments.length > 0) install(ended);
    String played =
        Conversation.play(
            """
            ! a connects as happn_4
            a > {"action":"set","eventId":2,"path":"/a/1","data":{"t":1},"sessionId":"<a>"}
            a > {"action":"remove","eventId":3,"path":"/a/1","sessionId":"<a>"}
            """);
    System.out.println(played);
    Map<String, String> names = new HashMap<>();
    for (SpanData s : ended) names.put(s.getSpanId(), s.getName());
    for (SpanData s : ended) {
      System.out.println(
          "span "
              + s.getName()
              + " path="
              + s.getAttributes().get(AttributeKey.stringKey("muster.path"))
              + " parent="
              + names.getOrDefault(s.getParentSpanId(), "none")
              + " status="
              + s.getStatus().getStatusCode());
    }
    System.exit(0);
  }

  private static void install(List<SpanData> ended) {
    SpanExporter exporter =
        new SpanExporter() {
          @Override
          public CompletableResultCode export(Collection<SpanData> spans) {
            ended.addAll(spans);
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
          }
        };
    SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(exporter)).build();
    GlobalOpenTelemetry.set(
        new OpenTelemetry() {
          @Override
          public TracerProvider getTracerProvider() {
            return provider;
          }

          @Override
          public ContextPropagators getPropagators() {
            return ContextPropagators.noop();
          }
        });
  }
}
