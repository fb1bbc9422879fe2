package io.muster.kernel;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Traces, for whoever runs Muster with an OpenTelemetry SDK: as a Java agent, or on the class
/// path. Without one nothing is made, and each call costs one look at a constant.
///
/// A span is handed on as a value, never by the thread: what it measures goes from lane to pool and
/// back. All methods may be called on any thread.
public final class Traces {
  private static final String NAME = "io.muster";
  private static final AttributeKey<String> PATH = AttributeKey.stringKey("muster.path");
  private static final AttributeKey<String> PEER = AttributeKey.stringKey("muster.peer");

  /// Null where no SDK is installed.
  private static final @Nullable Tracer TRACER = tracer(GlobalOpenTelemetry.get());

  private Traces() {}

  private static @Nullable Tracer tracer(OpenTelemetry installed) {
    Tracer found = installed.getTracer(NAME);
    Tracer none = OpenTelemetry.noop().getTracer(NAME);
    return found.getClass() == none.getClass() ? null : found;
  }

  /// A span under way; [#NONE] where nobody wants to know.
  public static final class Trace {
    /// Does nothing.
    public static final Trace NONE = new Trace(null);

    private final @Nullable Span span;

    private Trace(@Nullable Span span) {
      this.span = span;
    }

    /// A part of this one, which begins now.
    public Trace part(String name) {
      Span s = span;
      Tracer t = TRACER;
      if (s == null || t == null) return NONE;
      return new Trace(t.spanBuilder(name).setParent(Context.root().with(s)).startSpan());
    }

    /// A part of this one, which begins now and ends with what is under way.
    public void part(String name, CompletableFuture<?> underWay) {
      if (span != null) part(name).endWith(underWay);
    }

    /// Ends it with what is under way, as failed where that fails; at once for nothing.
    public void endWith(@Nullable CompletableFuture<?> underWay) {
      if (span == null) return;
      if (underWay == null) end();
      else underWay.whenComplete((_, e) -> end(e));
    }

    /// Ends it; a second end does nothing.
    public void end() {
      if (span != null) span.end();
    }

    /// Ends it as failed, where there is a failure.
    public void end(@Nullable Throwable failure) {
      Span s = span;
      if (s == null) return;
      if (failure != null) {
        s.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
        s.recordException(failure);
      }
      s.end();
    }
  }

  /// What a client asked for.
  ///
  /// @param name of the action, such as `happn set`
  public static Trace request(String name, @Nullable String path) {
    Tracer t = TRACER;
    if (t == null) return Trace.NONE;
    var b = t.spanBuilder(name).setNoParent().setSpanKind(SpanKind.SERVER);
    if (path != null) b.setAttribute(PATH, path);
    return new Trace(b.startSpan());
  }

  /// The delivery of what another member published: a trace of its own, since none comes with it.
  ///
  /// @param peer the id of that member
  public static Trace delivery(String path, String peer) {
    Tracer t = TRACER;
    if (t == null) return Trace.NONE;
    return new Trace(
        t.spanBuilder("peer delivery")
            .setNoParent()
            .setSpanKind(SpanKind.CONSUMER)
            .setAttribute(PATH, path)
            .setAttribute(PEER, peer)
            .startSpan());
  }
}
