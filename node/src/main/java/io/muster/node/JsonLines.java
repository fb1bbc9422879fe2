package io.muster.node;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.json.JsonMapper;

/// One log event as one JSON object on a line.
///
/// Events are written as `link_up peer={} address={}`: the first word is the event's name, and what
/// stands behind `key=` is a field, a number or a boolean where it was one. A text that is no such
/// event has `msg` only. Secrets hide themselves: their `toString` is what is written.
final class JsonLines extends EncoderBase<ILoggingEvent> {
  private static final byte[] NONE = {};
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern NAME = Pattern.compile("([a-z][a-z0-9]*(?:_[a-z0-9]+)*)(?=[ :]|$)");

  /// A placeholder, and the key that stands before it, if any.
  private static final Pattern FIELD = Pattern.compile("(?:([a-z][a-z0-9_.]*)=\"?)?\\{}");

  private static final int STACK_CHARS_MAX = 16_000;

  @Override
  public byte[] headerBytes() {
    return NONE;
  }

  @Override
  public byte[] footerBytes() {
    return NONE;
  }

  @Override
  public byte[] encode(ILoggingEvent e) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("ts", Instant.ofEpochMilli(e.getTimeStamp()).toString());
    line.put("level", e.getLevel().toString());
    line.put("logger", e.getLoggerName());
    line.put("thread", e.getThreadName());
    Map<String, Object> fields = fields(e);
    String template = e.getMessage() == null ? "" : e.getMessage();
    Matcher name = NAME.matcher(template);
    boolean named = name.lookingAt() && (name.group(1).indexOf('_') > 0 || !fields.isEmpty());
    if (named) line.put("event", name.group(1));
    line.put("msg", e.getFormattedMessage());
    if (!fields.isEmpty()) line.put("fields", fields);
    IThrowableProxy thrown = e.getThrowableProxy();
    if (thrown != null) {
      Map<String, Object> error = new LinkedHashMap<>();
      error.put("type", thrown.getClassName());
      error.put("message", thrown.getMessage());
      String stack = ThrowableProxyUtil.asString(thrown);
      error.put(
          "stack", stack.length() > STACK_CHARS_MAX ? stack.substring(0, STACK_CHARS_MAX) : stack);
      line.put("error", error);
    }
    return (JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, Object> fields(ILoggingEvent e) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Object[] arguments = e.getArgumentArray();
    if (arguments != null && e.getMessage() != null) {
      Matcher m = FIELD.matcher(e.getMessage());
      for (int i = 0; i < arguments.length && m.find(); i++) {
        String key = m.group(1);
        if (key != null) fields.put(key, value(arguments[i]));
      }
    }
    if (e.getKeyValuePairs() != null) {
      for (KeyValuePair p : e.getKeyValuePairs()) fields.put(p.key, value(p.value));
    }
    e.getMDCPropertyMap().forEach(fields::putIfAbsent);
    return fields;
  }

  private static Object value(Object given) {
    boolean plain =
        given instanceof Integer
            || given instanceof Long
            || given instanceof Boolean
            || given instanceof Short
            || given instanceof Byte;
    return plain ? given : String.valueOf(given);
  }
}
