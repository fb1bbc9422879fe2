package io.muster.tidy;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/// A core decides: input and time come in, effects go out. It owns no clock, thread, socket, file
/// or source of chance, so that a simulation can replay it from a seed.
class CoresTest {
  private static final JavaClasses CORES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.muster")
          .that(resideInAPackage("io.muster..core.."));

  @Test
  void doNoInputOrOutput() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.net..",
            "java.nio.file..",
            "java.nio.channels..",
            "io.netty.channel..",
            "io.netty.bootstrap..",
            "org.slf4j..",
            "org.rocksdb..",
            "com.alipay..")
        .check(CORES);
  }

  @Test
  void haveNoThreadClockOrChanceOfTheirOwn() {
    noClasses().should().dependOnClassesThat().areAssignableTo(Thread.class).check(CORES);
    noClasses().should().dependOnClassesThat().areAssignableTo(Executor.class).check(CORES);
    noClasses().should().dependOnClassesThat().areAssignableTo(Future.class).check(CORES);
    noClasses().should().dependOnClassesThat().areAssignableTo(BlockingQueue.class).check(CORES);
    noClasses().should().callMethod(System.class, "nanoTime").check(CORES);
    noClasses().should().callMethod(System.class, "currentTimeMillis").check(CORES);
    noClasses().should().callMethod(Instant.class, "now").check(CORES);
    noClasses().should().callMethod(UUID.class, "randomUUID").check(CORES);
    noClasses().should().callMethod(ThreadLocalRandom.class, "current").check(CORES);
    noClasses().should().callConstructor(Random.class).check(CORES);
    noClasses().should().callConstructor(SecureRandom.class).check(CORES);
  }

  @Test
  void areThere() {
    classes().should().resideInAPackage("io.muster..").check(CORES);
  }
}
