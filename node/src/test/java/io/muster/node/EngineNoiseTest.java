package io.muster.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What of the engine's errors is written, with the program's own configuration.
class EngineNoiseTest {
  private final LoggerContext context = new LoggerContext();
  private final ListAppender<ILoggingEvent> written = new ListAppender<>();

  @BeforeEach
  void configure() throws Exception {
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(EngineNoise.class.getResource("/logback.xml"));
    written.setContext(context);
    written.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(written);
  }

  private Logger engine(String name) {
    return context.getLogger("com.alipay.sofa.jraft." + name);
  }

  @Test
  void aMemberThatCannotBeReachedIsNoError() {
    engine("rpc.impl.AbstractClientService")
        .error("Fail to connect {}, remoting exception: {}.", "127.0.0.1:1", "refused");
    engine("core.ReplicatorGroupImpl")
        .error("Fail to check replicator connection to peer={}, replicatorType={}.", "p", "t");
    engine("core.Replicator").error("Fail to init sending channel to {}, group: {}.", "p", "g");

    assertThat(written.list).isEmpty();
  }

  @Test
  void whatIsWrongInTheEngineIsStillWritten() {
    engine("storage.impl.LogManagerImpl").error("**Critical error**, fail to appendEntries");
    context.getLogger("io.muster.link.Links").error("Fail to connect {}", "somewhere");

    assertThat(written.list).hasSize(2);
  }

  @Test
  void whoAsksForTheEnginesWordsHasThemAll() {
    context.getLogger("com.alipay.sofa").setLevel(Level.WARN);

    engine("rpc.impl.AbstractClientService")
        .error("Fail to connect {}, remoting exception: {}.", "127.0.0.1:1", "refused");

    assertThat(written.list).hasSize(1);
  }
}
