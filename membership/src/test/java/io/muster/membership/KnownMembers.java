package io.muster.membership;

import io.muster.kernel.MemberId;
import io.muster.membership.MemberEvent.MemberFailed;
import io.muster.membership.MemberEvent.MemberJoined;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// A member list that a test writes: for tests of whatever stands on [Membership]. Nothing is sent.
public final class KnownMembers implements Membership {
  private final Member self;
  private final List<Member> all;
  private final List<Consumer<MemberEvent>> observers = new CopyOnWriteArrayList<>();

  /// @param all shared as it is: what the test changes in it is seen, and several may share one;
  ///     thread-safe where several threads ask
  public KnownMembers(Member self, List<Member> all) {
    this.self = self;
    this.all = all;
  }

  /// A list of its own, with this member only.
  public KnownMembers(Member self) {
    this(self, new CopyOnWriteArrayList<>(List.of(self)));
  }

  /// Adds a member and tells the observers.
  public void joined(Member member) {
    all.add(member);
    tell(new MemberJoined(member));
  }

  /// Takes a member out and tells the observers.
  public void failed(Member member) {
    all.remove(member);
    tell(new MemberFailed(member));
  }

  private void tell(MemberEvent event) {
    for (Consumer<MemberEvent> o : observers) o.accept(event);
  }

  @Override
  public Member self() {
    return self;
  }

  @Override
  public List<Member> members() {
    return List.copyOf(all);
  }

  @Override
  public Optional<Member> member(MemberId id) {
    return all.stream().filter(m -> m.id().equals(id)).findFirst();
  }

  @Override
  public List<View> views() {
    return members().stream().map(m -> new View(m, Duration.ZERO, List.of())).toList();
  }

  @Override
  public AutoCloseable observe(Consumer<MemberEvent> observer) {
    observers.add(observer);
    return () -> observers.remove(observer);
  }

  @Override
  public CompletableFuture<Void> join() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> leave() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {}
}
