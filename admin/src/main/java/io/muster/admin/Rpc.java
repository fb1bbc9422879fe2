package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /rpc`: JSON-RPC 2.0 over the table of [RpcMethod]s. Requests of a batch run one after the
/// other, in order.
final class Rpc {
  private static final Logger log = LoggerFactory.getLogger(Rpc.class);
  static final int BATCH_MAX = 1000;
  static final int PARSE_ERROR = -32700;
  static final int INVALID_REQUEST = -32600;
  static final int METHOD_NOT_FOUND = -32601;
  static final int INVALID_PARAMS = -32602;
  static final int INTERNAL_ERROR = -32603;
  static final int FAILED = -32000;

  /// Verbs of methods that change nothing.
  private static final Pattern READS =
      Pattern.compile("(get|list|count|find|fetch|all|stats|has|is|can|test|generate|ls).*");

  private static final ObjectReader READER =
      Exchange.JSON.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Map<String, RpcMethod> methods;

  Rpc(Map<String, RpcMethod> methods) {
    this.methods = Map.copyOf(methods);
  }

  /// What is answered instead of a result.
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;
    final int code;

    Failure(int code, String message) {
      super(message);
      this.code = code;
    }

    static Failure params(String message) {
      return new Failure(INVALID_PARAMS, message);
    }
  }

  void answer(Exchange x) throws IOException {
    byte[] body = x.body();
    Optional<JsonNode> answer = answer(body, new RpcMethod.Caller(x.address()));
    String changes = changes(body);
    if (!changes.isEmpty()) x.changed("POST /rpc " + changes);
    if (answer.isPresent()) x.json(200, answer.get());
    else x.send(204, "application/json; charset=utf-8", new byte[0]);
  }

  /// The methods that were asked for and may change something, for the audit: never what they were
  /// given, which may be a password.
  private String changes(byte[] body) {
    JsonNode asked;
    try {
      asked = READER.readTree(body);
    } catch (JacksonException e) {
      return "";
    }
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode one : asked.isArray() ? asked : List.of(asked)) {
      String name = one.path("method").asString("");
      String verb = name.substring(name.lastIndexOf('.') + 1);
      if (methods.containsKey(name) && !READS.matcher(verb).matches()) names.add(name);
    }
    return String.join(" ", names);
  }

  /// @return empty when only notifications were sent
  Optional<JsonNode> answer(byte[] body, RpcMethod.Caller caller) {
    JsonNode asked;
    try {
      asked = READER.readTree(body);
    } catch (JacksonException e) {
      String why = e.getOriginalMessage();
      return Optional.of(error(null, PARSE_ERROR, "Parse error: " + why, null));
    }
    if (asked.isMissingNode()) {
      return Optional.of(error(null, PARSE_ERROR, "Parse error: the body is empty", null));
    }
    if (!asked.isArray()) return Optional.ofNullable(one(asked, caller));
    if (asked.isEmpty() || asked.size() > BATCH_MAX) {
      return Optional.of(invalid(null, "a batch has 1 to " + BATCH_MAX + " requests"));
    }
    ArrayNode all = Exchange.JSON.createArrayNode();
    for (JsonNode request : asked) {
      JsonNode answer = one(request, caller);
      if (answer != null) all.add(answer);
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(all);
  }

  /// @return null for a notification
  private @Nullable JsonNode one(JsonNode request, RpcMethod.Caller caller) {
    if (!request.isObject()) return invalid(null, "expected an object");
    JsonNode id = request.get("id");
    boolean known = id == null || id.isString() || id.isNumber() || id.isNull();
    JsonNode echo = known ? id : null;
    if (!known) return invalid(null, "'id' is a text, a number or null");
    if (!request.path("jsonrpc").isString() || !request.path("jsonrpc").asString().equals("2.0")) {
      return invalid(echo, "'jsonrpc' is \"2.0\"");
    }
    if (!request.path("method").isString()) return invalid(echo, "'method' is a text");
    JsonNode params = request.path("params");
    if (!params.isMissingNode() && !params.isArray() && !params.isObject()) {
      return invalid(echo, "'params' is an array or an object");
    }
    JsonNode answer = called(id, request.path("method").asString(), params, caller);
    return id == null ? null : answer;
  }

  private JsonNode called(
      @Nullable JsonNode id, String name, JsonNode params, RpcMethod.Caller caller) {
    try {
      RpcMethod method = methods.get(name);
      if (method == null) throw new Failure(METHOD_NOT_FOUND, "method not found: " + name);
      JsonNode result =
          Exchange.JSON.valueToTree(method.call().call(method.arguments(name, params), caller));
      ObjectNode answer = Exchange.JSON.createObjectNode();
      answer.put("jsonrpc", "2.0");
      answer.set("id", id);
      answer.set("result", result == null ? Exchange.JSON.nullNode() : result);
      return answer;
    } catch (Failure e) {
      return error(id, e.code, String.valueOf(e.getMessage()), null);
    } catch (SessionCalls.Refused e) {
      String as = e.code >= 500 ? "SystemError" : "AccessDenied";
      return error(id, FAILED, String.valueOf(e.getMessage()), new HappnError(as, e.code));
    } catch (MusterException e) {
      return error(id, FAILED, String.valueOf(e.getMessage()), HappnError.of(e.code()));
    } catch (RuntimeException e) {
      log.error("rpc_failed method={}", name, e);
      return error(id, INTERNAL_ERROR, "Internal error; the member's log says more", null);
    }
  }

  private static JsonNode invalid(@Nullable JsonNode id, String why) {
    return error(id, INVALID_REQUEST, "Invalid Request: " + why, null);
  }

  private static JsonNode error(
      @Nullable JsonNode id, int code, String message, @Nullable HappnError as) {
    ObjectNode answer = Exchange.JSON.createObjectNode();
    answer.put("jsonrpc", "2.0");
    answer.set("id", id == null ? Exchange.JSON.nullNode() : id);
    ObjectNode error = answer.putObject("error");
    error.put("code", code).put("message", message);
    if (as != null) error.putObject("data").put("name", as.name).put("code", as.code);
    return answer;
  }

  /// What happn calls a failure.
  private record HappnError(String name, int code) {
    static HappnError of(ErrorCode code) {
      return switch (code) {
        case ACCESS_RESERVED -> new HappnError("AccessDenied", 403);
        case ACCESS_NOT_FOUND, NOT_FOUND -> new HappnError("ResourceNotFound", 404);
        case ACCESS_INVALID, ACCESS_EXISTS, BAD_REQUEST -> new HappnError("ValidationError", 500);
        default -> new HappnError("SystemError", 500);
      };
    }
  }

  /// For data that is JSON already.
  static JsonNode tree(byte[] json) {
    return Exchange.JSON.readTree(new String(json, StandardCharsets.UTF_8));
  }
}
