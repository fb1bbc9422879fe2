package io.muster.protocols.happn;

import io.muster.kernel.Lane;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Keeps a session's answers in the order of its requests, though stores and other members take
/// their time. On the session's lane only.
final class RequestQueue {
  /// What is done when a request's turn has come and what it waited for is there.
  @FunctionalInterface
  interface Step {
    /// @return what to wait for next, or null when the request is answered
    @Nullable Wait run();
  }

  record Wait(CompletableFuture<?> what, Step then) {}

  private static final class Slot {
    @Nullable Step step;
  }

  private final Lane lane;
  private final ArrayDeque<Slot> slots = new ArrayDeque<>(2);
  private boolean draining;

  RequestQueue(Lane lane) {
    this.lane = lane;
  }

  int size() {
    return slots.size();
  }

  /// Adds a request that is ready as soon as its turn comes.
  void add(Step step) {
    if (slots.isEmpty() && !draining) {
      Wait more = step.run();
      if (more == null) return;
      Slot slot = new Slot();
      slots.add(slot);
      await(slot, more);
      return;
    }
    Slot slot = new Slot();
    slot.step = step;
    slots.add(slot);
  }

  /// Adds a request whose work is under way.
  void add(CompletableFuture<?> under, Step then) {
    if (under.isDone()) {
      add(then);
      return;
    }
    Slot slot = new Slot();
    slots.add(slot);
    await(slot, new Wait(under, then));
  }

  private void await(Slot slot, Wait wait) {
    wait.what.whenComplete(
        (_, _) -> {
          if (lane.inLane()) ready(slot, wait.then);
          else lane.execute(() -> ready(slot, wait.then));
        });
  }

  private void ready(Slot slot, Step step) {
    slot.step = step;
    drain();
  }

  private void drain() {
    if (draining) return;
    draining = true;
    try {
      for (Slot head; (head = slots.peek()) != null; ) {
        Step step = head.step;
        if (step == null) return;
        head.step = null;
        Wait more = step.run();
        if (more == null) slots.remove();
        else if (more.what.isDone()) head.step = more.then;
        else await(head, more);
      }
    } finally {
      draining = false;
    }
  }
}
