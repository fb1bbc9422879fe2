package io.muster.membership;

import io.muster.kernel.MemberId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// The member list of the cluster as this member sees it.
public interface Membership extends AutoCloseable {
  Member self();

  /// Everybody known, self included, failed and left ones for a while (see their state).
  /// Thread-safe snapshot, by name.
  List<Member> members();

  /// Those that are alive or suspect, self included.
  default List<Member> present() {
    return members().stream().filter(m -> m.state().here()).toList();
  }

  Optional<Member> member(MemberId id);

  /// [#members] as operators see them: since when, and who doubts whom. Thread-safe snapshot, by
  /// name.
  List<View> views();

  /// Events from now on, in order, on the control loop: hand off at once what takes long.
  AutoCloseable observe(Consumer<MemberEvent> observer);

  /// Asks the configured hosts; completes when joined (a seed joins alone when nobody answers),
  /// fails with `join_failed`, `duplicate_member_name` or `duplicate_member_id`.
  CompletableFuture<Void> join();

  /// Tells everybody good-bye; completes when said to enough members or after a second.
  CompletableFuture<Void> leave();

  @Override
  void close();

  /// A member as this one sees it; immutable.
  ///
  /// @param inState how long it has been in its state, as noticed here
  /// @param doubts for a suspect, who has had no answer from it, the longest first; else empty
  record View(Member member, Duration inState, List<Doubt> doubts) {
    public View {
      doubts = List.copyOf(doubts);
    }
  }

  /// One member's word against a suspect.
  ///
  /// @param byName its name, or its id where the name is not known
  /// @param silent how long the suspect has not answered it
  /// @param refused whether the suspect's machine refuses its connections: nobody listens there
  record Doubt(MemberId by, String byName, Duration silent, boolean refused) {}
}
