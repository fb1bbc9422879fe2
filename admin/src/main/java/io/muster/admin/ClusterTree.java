package io.muster.admin;

import io.muster.supervision.ClusterView;
import io.muster.supervision.Supervision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The tree that clusterduck's `ls` walks: `clusters/<name>/nodes/<addr>/<attribute>`. An element
/// that begins with `:` is a property for certain.
final class ClusterTree {
  private final AdminFaces faces;

  ClusterTree(AdminFaces faces) {
    this.faces = faces;
  }

  /// @param given `paths`, a list of texts or one
  Object list(RpcMethod.Arguments given) {
    JsonNode paths = given.json("paths");
    List<String> all = new ArrayList<>();
    if (paths.isString()) all.add(paths.asString());
    for (JsonNode p : paths) {
      if (!p.isString()) throw Rpc.Failure.params("Invalid params: 'paths' is a list of texts");
      all.add(p.asString());
    }
    if (all.isEmpty()) all.add("");
    List<Object> found = new ArrayList<>();
    for (String path : all) found.add(at(path));
    return found;
  }

  /// What is at a path.
  private Object at(String path) {
    JsonNode here = Exchange.JSON.valueToTree(root());
    List<String> steps = new ArrayList<>();
    for (String step : path.split("/", -1)) if (!step.isEmpty()) steps.add(step);
    for (int i = 0; i < steps.size(); i++) {
      String step = steps.get(i);
      String key = step.startsWith(":") ? step.substring(1) : step;
      JsonNode next = here.get(key);
      if (next == null && i == 3) {
        // An address may hold slashes, at its beginning, too.
        key = "/" + String.join("/", steps.subList(i, steps.size()));
        next = here.get(key);
        i = steps.size();
      }
      if (next == null) throw new Rpc.Failure(1, key + " not found");
      here = next;
    }
    return here;
  }

  private Map<String, Object> root() {
    Map<String, Object> clusters = new LinkedHashMap<>();
    Supervision supervision = ClusterRoutes.supervision(faces);
    for (ClusterView c : supervision.clusters()) {
      Map<String, Object> view =
          ClusterViews.cluster(c, supervision.balancers(), supervision.triggers());
      Map<String, Object> nodes = new LinkedHashMap<>();
      for (ClusterView.Node n : c.nodes()) nodes.put(n.addr(), ClusterViews.node(n));
      view.put("nodes", nodes);
      clusters.put(c.name(), view);
    }
    return Map.of("clusters", clusters);
  }
}
