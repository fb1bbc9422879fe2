package io.muster.registry.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Address;
import io.muster.registry.Outcome;
import io.muster.registry.core.Packed;
import io.muster.registry.driver.Proposals.Reign;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The order of proposals through refusals and changes of leader, with the log played by the test.
class ProposalsTest {
  private static final Reign A1 = new Reign(new Address("127.0.0.1", 1), 1);
  private static final Reign B2 = new Reign(new Address("127.0.0.1", 2), 2);

  private record Sent(List<String> commands, Reign to, CompletableFuture<EntryResult> result) {
    void done() {
      result.complete(
          new EntryResult.Done(
              1, commands.stream().map(ProposalsTest::bytes).toArray(byte[][]::new)));
    }
  }

  private final BlockingQueue<Sent> sent = new LinkedBlockingQueue<>();
  private final Proposals proposals = new Proposals("g", Duration.ofSeconds(2), this::send);

  private CompletableFuture<EntryResult> send(ByteBuffer entry, Reign to) {
    List<String> commands = new ArrayList<>();
    for (byte[] c : Packed.unpack(entry)) commands.add(new String(c, StandardCharsets.UTF_8));
    Sent s = new Sent(commands, to, new CompletableFuture<>());
    sent.add(s);
    return s.result;
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  private Sent next() throws InterruptedException {
    Sent s = sent.poll(5, TimeUnit.SECONDS);
    assertThat(s).as("an entry is sent").isNotNull();
    return s;
  }

  private CompletableFuture<Outcome> propose(String command) {
    return proposals.propose(bytes(command));
  }

  @AfterEach
  void stop() {
    proposals.close();
  }

  @Test
  void theNextEntryFillsWhileOneIsOnItsWay() throws Exception {
    proposals.reigns(A1);
    proposals.start();
    propose("a");
    Sent first = next();
    propose("b");
    propose("c");
    assertThat(sent.poll(50, TimeUnit.MILLISECONDS)).isNull();
    first.done();
    assertThat(next().commands).containsExactly("b", "c");
  }

  @Test
  void whoComesAloneAfterACrowdIsNotForgottenWhileTheOthersAreWaitedFor() throws Exception {
    for (int i = 0; i < 8; i++) propose("crowd" + i);
    proposals.reigns(A1);
    proposals.start();
    Sent crowd = next();
    assertThat(crowd.commands).hasSize(8);
    assertThat(sent.poll(100, TimeUnit.MILLISECONDS)).isNull();
    crowd.done();
    propose("alone");
    assertThat(next().commands).containsExactly("alone");
  }

  @Test
  void whatWasRefusedGoesToTheNextLeaderInFrontOfWhatCameLater() throws Exception {
    proposals.reigns(A1);
    proposals.start();
    propose("a");
    Sent first = next();
    propose("b");
    proposals.reigns(B2);
    first.result.complete(new EntryResult.NotDone("stepped down"));
    Sent second = next();
    assertThat(second.to).isEqualTo(B2);
    assertThat(second.commands).containsExactly("a", "b");
  }

  @Test
  void nothingIsSentToANewLeaderWhileAnEntryIsOnItsWayToTheOldOne() throws Exception {
    proposals.reigns(A1);
    proposals.start();
    propose("a");
    Sent first = next();
    proposals.reigns(B2);
    propose("b");
    assertThat(sent.poll(50, TimeUnit.MILLISECONDS)).isNull();
    first.result.complete(new EntryResult.Lost("the link broke"));
    assertThat(next().commands).containsExactly("b");
  }

  @Test
  void aLostEntryIsUnknownAndNotSentAgain() throws Exception {
    proposals.reigns(A1);
    proposals.start();
    CompletableFuture<Outcome> a = propose("a");
    next().result.complete(new EntryResult.Lost("the link broke"));
    assertThat(a.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Unknown("the link broke"));
    assertThat(sent.poll(50, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void withoutALeaderProposersAreToldWithinTheTimeout() throws Exception {
    proposals.start();
    assertThat(propose("a").get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.NoQuorum("no leader"));
  }

  @Test
  void forwardedCommandsJoinTheEntryAndGetTheirOwnResults() throws Exception {
    proposals.reigns(A1);
    proposals.start();
    propose("a");
    Sent first = next();
    CompletableFuture<EntryResult> forwarded =
        proposals.forwarded(1, Packed.pack(List.of(bytes("f"), bytes("g"))));
    CompletableFuture<Outcome> b = propose("b");
    first.done();
    Sent second = next();
    assertThat(second.commands).containsExactly("f", "g", "b");
    second.done();
    assertThat(((EntryResult.Done) forwarded.get(5, TimeUnit.SECONDS)).results())
        .isDeepEqualTo(new byte[][] {bytes("f"), bytes("g")});
    assertThat(((Outcome.Committed) b.get(5, TimeUnit.SECONDS)).result()).isEqualTo(bytes("b"));
  }

  @Test
  void commandsForwardedForATermThatIsOverGoBack() throws Exception {
    proposals.reigns(A1);
    proposals.start();
    propose("a");
    Sent first = next();
    CompletableFuture<EntryResult> waiting =
        proposals.forwarded(1, Packed.pack(List.of(bytes("f"))));
    proposals.reigns(B2);
    first.done();
    assertThat(waiting.get(5, TimeUnit.SECONDS)).isInstanceOf(EntryResult.NotDone.class);
    assertThat(proposals.forwarded(1, Packed.pack(List.of(bytes("g")))).get(5, TimeUnit.SECONDS))
        .isInstanceOf(EntryResult.NotDone.class);
  }

  @Test
  void closingTellsAllThatWait() throws Exception {
    proposals.start();
    CompletableFuture<Outcome> a = propose("a");
    proposals.close();
    assertThat(a.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.NoQuorum("stopping"));
  }
}
