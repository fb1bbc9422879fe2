package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.realtime.Realtime;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.CriteriaLimits;
import io.muster.spi.store.FieldNames;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.SortKey;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `data.*` and `system.*` of `/rpc`. Like the commands of `muster data` they need no permission,
/// and what they change is published.
final class DataCalls {
  private final AdminFaces faces;
  private final DataRoutes data;

  DataCalls(AdminFaces faces, DataRoutes data) {
    this.faces = faces;
    this.data = data;
  }

  void enter(Map<String, RpcMethod> table) {
    table.put("data.get", RpcMethod.of((a, _) -> get(a), "path", "options?"));
    table.put("data.upsert", RpcMethod.of((a, _) -> upsert(a), "path", "data", "options?"));
    table.put("data.remove", RpcMethod.of((a, _) -> remove(a), "path", "options?"));
    table.put("data.count", RpcMethod.of((a, _) -> count(a), "path", "options?"));
    table.put("system.stats", RpcMethod.of((_, _) -> stats()));
  }

  private static String path(RpcMethod.Arguments a) {
    String path = a.text("path");
    if (path.isEmpty()) throw new MusterException(ErrorCode.BAD_REQUEST, "invalid path");
    return path;
  }

  /// @return one record or null; of a pattern a list
  private @Nullable Object get(RpcMethod.Arguments a) {
    String path = path(a);
    RpcMethod.Options o = a.options("limit", "skip", "criteria", "sort");
    ListQuery query = query(path, o);
    if (path.indexOf('*') < 0) {
      boolean plain = query.criteria().equals(Criteria.ANY) && query.skip() == 0;
      return plain
          ? Waiting.on(data.store().get(path)).map(DataCalls::view).orElse(null)
          : Waiting.on(data.store().list(query)).stream()
              .findFirst()
              .map(DataCalls::view)
              .orElse(null);
    }
    List<PathRecord> found = Waiting.on(data.store().list(query));
    ArrayNode list = Exchange.JSON.createArrayNode();
    found.forEach(r -> list.add(view(r)));
    return list;
  }

  /// What the options ask for, in the words clients use for it: see `docs/happn-queries.md`.
  private static ListQuery query(String path, RpcMethod.Options o) {
    try {
      Criteria criteria = Criteria.ANY;
      JsonValue.Obj wanted = o.object("criteria");
      if (wanted != null) criteria = CriteriaJson.read(wanted, FieldNames::field);
      JsonValue.Obj order = o.object("sort");
      List<SortKey> sort = order == null ? List.of() : FieldNames.sort(order);
      ListQuery query = new ListQuery(path, criteria, sort, o.number("skip"), o.number("limit"));
      CriteriaLimits.check(query);
      return query;
    } catch (CriteriaException e) {
      throw Rpc.Failure.params("Invalid params: options: " + e.getMessage());
    }
  }

  private Object upsert(RpcMethod.Arguments a) {
    JsonNode given = a.json("data");
    JsonNode object =
        given.isObject() ? given : Exchange.JSON.createObjectNode().set("value", given);
    boolean merge = a.options("merge").bool("merge", false);
    return view(data.set(path(a), Exchange.JSON.writeValueAsBytes(object), merge));
  }

  private Object remove(RpcMethod.Arguments a) {
    String path = path(a);
    ListQuery query = query(path, a.options("criteria"));
    ObjectNode answer = Exchange.JSON.createObjectNode();
    answer.putObject("data").put("removed", data.removed(path, query.criteria()));
    answer.putObject("_meta").put("path", path);
    return answer;
  }

  private Object count(RpcMethod.Arguments a) {
    ListQuery query = query(path(a), a.options("limit", "skip", "criteria"));
    long all = Waiting.on(data.store().count(query.pattern(), query.criteria()));
    long left = Math.max(0, all - query.skip());
    ObjectNode answer = Exchange.JSON.createObjectNode();
    answer.putObject("data").put("value", query.limit() > 0 ? Math.min(left, query.limit()) : left);
    return answer;
  }

  private static ObjectNode view(PathRecord r) {
    ObjectNode node = Exchange.JSON.createObjectNode();
    node.set("data", Rpc.tree(r.data()));
    ObjectNode meta = node.putObject("_meta");
    meta.put("path", r.path()).put("created", r.created()).put("modified", r.modified());
    if (r.createdBy() != null) meta.put("createdBy", r.createdBy());
    if (r.modifiedBy() != null) meta.put("modifiedBy", r.modifiedBy());
    return node;
  }

  /// Of this member.
  private Object stats() {
    AdminFaces.Status s = faces.status();
    ObjectNode node = Exchange.JSON.createObjectNode();
    node.put("name", s.name()).put("cluster", s.cluster()).put("version", s.version());
    node.put("uptimeMillis", s.uptimeMillis()).put("ready", s.ready()).put("state", s.state());
    node.put("members", faces.members().stream().filter(v -> v.member().state().here()).count());
    node.put("sessions", faces.gateway().map(g -> g.connections()).orElse(0L));
    Realtime.RealtimeView v = faces.realtime().map(Realtime::view).orElse(null);
    node.put("subscriptions", v == null ? 0 : v.subscriptions());
    node.put("publications", v == null ? 0 : v.publications());
    node.put("deliveries", v == null ? 0 : v.deliveries());
    return node;
  }
}
