package io.muster.node.secrets;

import io.muster.admin.Questions;
import io.muster.admin.Secrets;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.link.driver.LinkNetwork;
import io.muster.membership.Member;
import io.muster.membership.Membership;
import io.muster.membership.driver.SwimMembership;
import io.muster.registry.Registration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Takes all members from one secret to the next, as [RotationPlan] says, and answers the other
/// members for this one. What travels over links is steps and fingerprints.
public final class SecretRotation implements Secrets {
  private static final Logger log = LoggerFactory.getLogger(SecretRotation.class);
  private static final String SERVICE = "node.secrets";

  /// Keys are derived meanwhile, by all members at once, perhaps on one machine.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Three steps, and one look after each; more would mean that members undo what others do.
  private static final int ROUNDS_MAX = 8;

  private final SecretKeeper keeper;
  private final Membership membership;
  private final Supplier<List<Registration>> registered;
  private final Questions questions;
  private final ReentrantLock rotating = new ReentrantLock();

  private SecretRotation(
      SecretKeeper keeper,
      LinkNetwork links,
      Membership membership,
      Supplier<List<Registration>> registered) {
    this.keeper = keeper;
    this.membership = membership;
    this.registered = registered;
    this.questions = Questions.serve(SERVICE, links, membership, this::answer);
  }

  /// Begins to answer the other members.
  ///
  /// @param files empty where the secret is in no file
  /// @param held what this member runs with
  /// @param registered all members of the cluster, here or not
  public static SecretRotation serve(
      Optional<SecretFiles> files,
      List<Secret> held,
      LinkNetwork links,
      SwimMembership membership,
      Supplier<List<Registration>> registered) {
    SecretKeeper keeper =
        new SecretKeeper(
            membership.self().name(),
            files,
            held,
            next -> {
              links.use(next).join();
              membership.keys(links.keysFor("gossip").join());
            },
            secret -> links.fingerprint(secret).join());
    return new SecretRotation(keeper, links, membership, registered);
  }

  // --- for operators

  @Override
  public View status() {
    List<String> missing = new ArrayList<>(away());
    Questions.Answers answers = askAll("status");
    answers.untold().forEach((name, why) -> missing.add(name + ": " + why));
    List<Held> members = answers.told().values().stream().map(SecretRotation::held).toList();
    boolean agreed =
        missing.isEmpty()
            && members.stream().map(Held::used).distinct().count() == 1
            && members.stream().allMatch(h -> h.accepted().size() == 1);
    return new View(agreed, members, missing);
  }

  @Override
  public Held reload() {
    return keeper.reload();
  }

  @Override
  public Rotated rotate() {
    if (!rotating.tryLock()) {
      throw new MusterException(
          ErrorCode.SECRET_ROTATION_REFUSED, "this member replaces the secret already");
    }
    try {
      List<Step> done = new ArrayList<>();
      for (int round = 0; round < ROUNDS_MAX; round++) {
        View now = status();
        if (!now.missing().isEmpty()) {
          throw stopped(
              done,
              "all members must be here; "
                  + String.join("; ", now.missing())
                  + " (start them, or take them out with `muster members forget`)");
        }
        switch (RotationPlan.next(now.members())) {
          case RotationPlan.Next.Refused r -> throw stopped(done, r.why());
          case RotationPlan.Next.Done d -> {
            return new Rotated(d.target(), done);
          }
          case RotationPlan.Next.Do d -> {
            log.info("secret_step step={} target={} members={}", d.step(), d.target(), d.members());
            perform(d, done);
          }
        }
      }
      throw stopped(done, "members change their secrets while they are replaced");
    } finally {
      rotating.unlock();
    }
  }

  private void perform(RotationPlan.Next.Do d, List<Step> done) {
    ObjectNode question = Questions.question(d.step()).put("target", d.target());
    List<Member> who =
        membership.present().stream().filter(m -> d.members().contains(m.name())).toList();
    Questions.Answers answers = questions.ask(who, question, PATIENCE);
    if (!answers.told().isEmpty()) {
      done.add(new Step(d.step(), List.copyOf(answers.told().keySet())));
    }
    if (answers.told().size() == d.members().size()) return;
    List<String> why = new ArrayList<>();
    for (String name : d.members()) {
      if (!answers.told().containsKey(name)) {
        why.add(name + ": " + answers.untold().getOrDefault(name, "has gone"));
      }
    }
    throw stopped(done, "step " + d.step() + ": " + String.join("; ", why));
  }

  private static MusterException stopped(List<Step> done, String why) {
    if (done.isEmpty()) return new MusterException(ErrorCode.SECRET_ROTATION_REFUSED, why);
    String steps =
        done.stream()
            .map(s -> s.step() + " on " + String.join(", ", s.members()))
            .reduce((a, b) -> a + ", " + b)
            .orElse("");
    return new MusterException(
        ErrorCode.SECRET_ROTATION_INCOMPLETE, why + "; done so far: " + steps);
  }

  /// Members of the cluster that are not here now.
  private List<String> away() {
    List<Member> present = membership.present();
    return registered.get().stream()
        .filter(r -> present.stream().noneMatch(m -> m.id().equals(r.id())))
        .map(r -> r.name() + " at " + r.address() + " is away")
        .toList();
  }

  private Questions.Answers askAll(String what) {
    return questions.ask(membership.present(), Questions.question(what), PATIENCE);
  }

  private static Held held(JsonNode answer) {
    List<String> accepted = new ArrayList<>();
    for (JsonNode a : answer.path("accepted")) accepted.add(a.asString(""));
    return new Held(
        answer.path("member").asString(""),
        answer.path("used").asString(""),
        accepted,
        answer.path("waiting").asString(""),
        answer.path("file").asString(""),
        answer.path("problem").asString(""));
  }

  // --- for the other members

  private ObjectNode answer(JsonNode question) {
    String what = question.path("do").asString("");
    Held held =
        what.equals("status")
            ? keeper.view()
            : keeper.step(what, question.path("target").asString(""));
    return (ObjectNode) Questions.tree(held);
  }
}
