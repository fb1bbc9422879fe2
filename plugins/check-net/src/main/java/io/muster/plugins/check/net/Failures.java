package io.muster.plugins.check.net;

import io.muster.spi.check.Finding;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.FileNotFoundException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// What went wrong, in few words.
public final class Failures {
  private static final List<String> KNOWN =
      List.of(
          "Connection refused",
          "Connection reset",
          "Broken pipe",
          "No route to host",
          "Host is down",
          "Network is unreachable",
          "Connection timed out",
          "No such file or directory",
          "Permission denied",
          "Protocol wrong type for socket");

  /// Nobody but this machine is short of these.
  private static final List<String> OURS =
      List.of(
          "Too many open files", "Cannot assign requested address", "No buffer space", "memory");

  private Failures() {}

  /// A finding for what a conversation or its connection failed with: unknown where this machine
  /// lacks something, else critical.
  public static Finding finding(Throwable failure) {
    Throwable e = cause(failure);
    String message = e.getMessage() == null ? "" : e.getMessage();
    for (String ours : OURS) {
      if (!(e instanceof SSLException) && message.contains(ours)) {
        return Finding.unknown("This member cannot connect: " + ours);
      }
    }
    return Finding.critical(text(e, message));
  }

  private static String text(Throwable e, String message) {
    if (e instanceof UnknownHostException) return "Host not found: " + message;
    if (e instanceof FileNotFoundException) return "No such file or directory";
    if (e instanceof NotSslRecordException) return "TLS: the answer is not TLS";
    if (e instanceof SSLException) {
      Throwable root = e;
      for (@Nullable Throwable t = e; t != null; t = t.getCause()) root = t;
      return "TLS: " + (root.getMessage() == null ? message : root.getMessage());
    }
    for (String known : KNOWN) if (message.contains(known)) return known;
    return message.isEmpty() ? e.getClass().getSimpleName() : message;
  }

  private static Throwable cause(Throwable failure) {
    Throwable e = failure;
    while (e instanceof CompletionException || e instanceof DecoderException) {
      if (e.getCause() == null) break;
      e = e.getCause();
    }
    return e;
  }
}
