package io.muster.registry.driver;

import com.alipay.sofa.jraft.option.NodeOptions;
import io.muster.link.Links;

/// Options of one node, with the links that carry its calls: several members may live in one
/// process.
final class LinkNodeOptions extends NodeOptions {
  private final Links links;

  LinkNodeOptions(Links links) {
    this.links = links;
  }

  Links links() {
    return links;
  }
}
