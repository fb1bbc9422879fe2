package io.muster.tidy;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Who may see whom. The map below is the picture in docs/ARCHITECTURE.md, and a new arrow is drawn
/// in both.
class ArrowsTest {
  private static final JavaClasses MUSTER =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.muster");

  /// Module → modules whose faces it may use, beside itself.
  private static final Map<String, List<String>> ARROWS =
      Map.ofEntries(
          Map.entry("kernel", List.of()),
          Map.entry("spi", List.of()),
          Map.entry("testing", List.of()),
          Map.entry("contract", List.of("spi", "testing")),
          Map.entry("link", List.of("kernel")),
          Map.entry("membership", List.of("kernel", "link")),
          Map.entry("registry", List.of("kernel", "link", "membership")),
          Map.entry("access", List.of("kernel", "spi", "registry")),
          Map.entry("store", List.of("kernel", "spi", "link", "membership", "registry")),
          Map.entry("plugins.auth.ldap", List.of("spi")),
          Map.entry("plugins.balancer.program", List.of("spi")),
          Map.entry("plugins.balancer.haproxy", List.of("spi", "plugins.balancer.program")),
          Map.entry("plugins.balancer.nginx", List.of("spi", "plugins.balancer.program")),
          Map.entry("plugins.balancer.envoy", List.of("spi", "plugins.balancer.program")),
          Map.entry("plugins.check.net", List.of("spi")),
          Map.entry("plugins.check.http", List.of("spi", "plugins.check.net")),
          Map.entry("plugins.check.redis", List.of("spi", "plugins.check.net")),
          Map.entry("plugins.store.database", List.of("spi")),
          Map.entry("plugins.store.mongodb", List.of("spi", "plugins.store.database")),
          Map.entry("plugins.store.postgresql", List.of("spi", "plugins.store.database")),
          Map.entry("realtime", List.of("kernel", "link", "membership")),
          Map.entry("supervision", List.of("kernel", "spi", "link", "membership", "registry")),
          Map.entry("gateway", List.of("kernel")),
          Map.entry(
              "protocols.happn",
              List.of("kernel", "spi", "access", "store", "realtime", "gateway")),
          Map.entry(
              "admin",
              List.of(
                  "kernel",
                  "spi",
                  "link",
                  "membership",
                  "registry",
                  "access",
                  "store",
                  "realtime",
                  "supervision",
                  "gateway")),
          Map.entry("bench", List.of("kernel", "spi", "supervision")),
          Map.entry("cli", List.of("kernel", "admin", "node", "bench")));

  static Stream<String> modules() {
    return ARROWS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void usesOnlyWhatItsArrowsAllow(String module) {
    List<String> allowed = new ArrayList<>(List.of("io.muster." + module + ".."));
    for (String other : ARROWS.getOrDefault(module, List.of())) {
      allowed.add("io.muster." + other + "..");
    }
    noClasses()
        .that()
        .resideInAPackage("io.muster." + module + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.muster..")
                .and(not(resideInAnyPackage(allowed.toArray(new String[0])))))
        .because("ArrowsTest.ARROWS says so")
        .check(MUSTER);
  }

  @Test
  void everyModuleHasItsArrows() {
    List<String> known = new ArrayList<>(List.of("io.muster.node.."));
    for (String module : ARROWS.keySet()) known.add("io.muster." + module + "..");
    classes()
        .that()
        .resideInAPackage("io.muster..")
        .should()
        .resideInAnyPackage(known.toArray(new String[0]))
        .because("a new module is entered in ArrowsTest.ARROWS")
        .check(MUSTER);
  }

  /// Others meet a module at its face; only the composition root sees what is behind.
  @ParameterizedTest
  @MethodSource("modules")
  void coresAndDriversAreSeenOnlyByTheirModuleAndByNode(String module) {
    noClasses()
        .that()
        .resideInAPackage("io.muster..")
        .and()
        .resideOutsideOfPackages("io.muster." + module + "..", "io.muster.node..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.muster." + module + ".core..", "io.muster." + module + ".driver..")
        .allowEmptyShould(true)
        .check(MUSTER);
  }

  @ParameterizedTest
  @MethodSource("modules")
  void facesDoNotLeakEngines(String module) {
    noClasses()
        .that()
        .resideInAPackage("io.muster." + module)
        .and()
        .arePublic()
        .and()
        .haveNameNotMatching(".*Codec.*")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.alipay..", "org.rocksdb..", "com.google.protobuf..")
        .allowEmptyShould(true)
        .check(MUSTER);
  }
}
