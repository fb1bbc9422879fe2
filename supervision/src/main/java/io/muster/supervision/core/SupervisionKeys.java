package io.muster.supervision.core;

import io.muster.supervision.TargetId;
import org.jspecify.annotations.Nullable;

/// Where supervision's state lies in the registry.
///
/// `supervision/judge` who decides; `…/pool/<cluster>` a cluster; `…/target/<cluster>/<addr>`,
/// `…/verdict/<cluster>/<addr>`, `…/opinion/<member id>/<cluster>/<addr>`,
/// `…/past/<cluster>/<addr> <number>` a verdict of before, `…/source/<member id>` what a member is
/// configured with. An address may hold slashes; a
/// cluster's name does not.
public final class SupervisionKeys {
  public static final String ALL = "supervision/";
  public static final String JUDGE = "supervision/judge";
  public static final String POOL = "supervision/pool/";
  public static final String TARGET = "supervision/target/";
  public static final String VERDICT = "supervision/verdict/";
  public static final String OPINION = "supervision/opinion/";
  public static final String PAST = "supervision/past/";
  public static final String SOURCE = "supervision/source/";

  private SupervisionKeys() {}

  public static String pool(String cluster) {
    return POOL + cluster;
  }

  public static String target(TargetId id) {
    return TARGET + id;
  }

  public static String verdict(TargetId id) {
    return VERDICT + id;
  }

  public static String opinion(String member, TargetId id) {
    return OPINION + member + "/" + id;
  }

  /// Everything that was before, of one target.
  public static String past(TargetId id) {
    // An address is followed by a blank, which none has: one may be the beginning of another.
    return PAST + id + " ";
  }

  /// @param number grows with each; so many digits that their order is that of the keys
  public static String past(TargetId id, long number) {
    return past(id) + String.format("%016d", number);
  }

  /// What stands behind a prefix, as `cluster/addr`; null when it is none.
  public static @Nullable TargetId id(String key, String prefix) {
    String rest = key.substring(prefix.length());
    int slash = rest.indexOf('/');
    return slash <= 0 ? null : new TargetId(rest.substring(0, slash), rest.substring(slash + 1));
  }
}
