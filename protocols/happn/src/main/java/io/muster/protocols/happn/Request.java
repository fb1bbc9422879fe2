package io.muster.protocols.happn;

import io.muster.access.Actor;
import io.muster.kernel.Traces;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One client frame, parsed; `data` and other JSON values are kept as they came.
final class Request {
  /// What `data` is.
  enum Kind {
    ABSENT,
    NULL,
    OBJECT,
    OTHER
  }

  String action = "";
  long eventId = -1;
  @Nullable String path;
  boolean pathGiven;
  byte @Nullable [] sessionId;
  Kind dataKind = Kind.ABSENT;
  byte @Nullable [] data;
  Options options = Options.NONE;

  /// What is measured of it, from when it is allowed to its answer.
  Traces.Trace trace = Traces.Trace.NONE;

  /// In whose name it is done, once that is allowed; null on unsecured clusters.
  @Nullable String by;

  /// The same where it is somebody else than the session's user, else null.
  @Nullable String other;

  /// Who has to be asked for each path that is found, where the request's own covers more than
  /// they may see; null where nobody has.
  @Nullable Actor narrowed;

  /// The members of `options` (and of `options.options`) that mean something.
  static final class Options {
    static final Options NONE = new Options();
    boolean merge;
    boolean noStore;
    boolean noPublish;
    boolean noDataResponse;
    boolean publishResults;
    boolean noCluster;
    boolean nullValue;
    boolean pathOnly;
    boolean initialCallback;
    boolean initialEmit;
    int consistency = 2;
    int upsertType;

    /// How much a gauge is to grow; null when the request is an ordinary set, not a number when
    /// the client gave none.
    @Nullable Double increment;
    int depth;
    long skip;
    long limit;
    @Nullable String referenceId;

    /// How many subscriptions of a path are meant, before `happn_2`; the first clients of all give
    /// the number of one here when they subscribe.
    @Nullable String refCount;

    /// The client's own number of a subscription, before `happn_2`; not all of them give one.
    @Nullable String listenerId;
    @Nullable List<String> targets;

    /// Whether events tell their position, and from which on a subscription goes on.
    boolean position;
    @Nullable String since;
    byte @Nullable [] meta;
    @Nullable String onBehalfOf;

    /// The query as it came, where it is there at all; for reads and removals only.
    byte @Nullable [] criteria;
    byte @Nullable [] fields;
    byte @Nullable [] sort;

    /// What no store of this release can do, by the name of the option.
    @Nullable String feature;
    @Nullable String unsupported;
  }
}
