package io.muster.supervision.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.MusterException;
import io.muster.kernel.SettingsTree;
import io.muster.spi.ProviderSettings;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerProvider;
import io.muster.spi.balance.BalancerSetup;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.watch.Health;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolReaderTest {
  private static final Kinds KINDS =
      new Kinds(
          Map.of("redis-basic", new Basic(), "tcp", new Basic()),
          Map.of("haproxy", new Front()),
          Map.of());

  private record Basic() implements CheckProvider {
    @Override
    public String name() {
      return "redis-basic";
    }

    @Override
    public CheckSetup read(ProviderSettings settings) {
      settings.value("commands", "a list of commands", "what is asked");
      return new CheckSetup() {
        @Override
        public int defaultPort() {
          return 6379;
        }

        @Override
        public Check open(CheckContext context) {
          throw new IllegalStateException("reading opens nothing");
        }
      };
    }
  }

  private record Front() implements BalancerProvider {
    @Override
    public String name() {
      return "haproxy";
    }

    @Override
    public BalancerSetup read(ProviderSettings settings) {
      settings.text("config_file", "", "");
      return new BalancerSetup() {
        @Override
        public OnEmpty onEmpty() {
          return OnEmpty.REMOVE;
        }

        @Override
        public Balancer open(Place place) {
          throw new IllegalStateException("reading opens nothing");
        }
      };
    }
  }

  private static Map<String, PoolSettings> read(String yaml) {
    return PoolReader.read(SettingsTree.parse(yaml, "m.yaml").entries().get("clusters"), KINDS);
  }

  private static void refused(String yaml, String... parts) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(MusterException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void theDocumentedFormIsRead() {
    PoolSettings pool =
        read("""
        clusters:
          my_redis:
            type: clusterduck-redis
            nodes:
              - addr: 10.0.0.1:6379
              - {addr: 'tcp://10.0.0.2', weight: 5, comment: second}
            health_checks:
              - type: basic
                commands: [[SET, x, y]]
                every: 1s
                timeout: 500ms
                rise: 2
                severity: warning
            triggers:
              - on: [nodes, active]
                throttle: 2s
                do: [{type: shell, commands: ['echo "$nodes_active_addrs"']}]
            balancers:
              front: {type: haproxy, config_file: h.cfg, on_empty: maintenance-backend}
            votes: fresh
            min_active_nodes: 2
            purge_unavailable: 1h 30m
        """)
            .get("my_redis");

    assertThat(pool.type()).isEqualTo("redis");
    assertThat(pool.nodes())
        .extracting(NodeDefinition::addr)
        .containsExactly("10.0.0.1:6379", "10.0.0.2:6379");
    assertThat(pool.checks().getFirst().kind()).isEqualTo("redis-basic");
    assertThat(pool.checks().getFirst().timing().every()).isEqualTo(Duration.ofSeconds(1));
    assertThat(pool.checks().getFirst().timing().rise()).isEqualTo(2);
    assertThat(pool.checks().getFirst().timing().severity()).isEqualTo(Health.WARNING);
    assertThat(pool.opinionLifetime()).isEqualTo(Duration.ofSeconds(5));
    assertThat(pool.triggers()).hasSize(1);
    assertThat(pool.balancers().get("front").onEmpty())
        .isEqualTo(BalancerSetup.OnEmpty.MAINTENANCE_BACKEND);
    assertThat(pool.votes().fresh()).isTrue();
    assertThat(pool.minActiveNodes()).isEqualTo(2);
    assertThat(pool.purgeUnavailable()).contains(Duration.ofMinutes(90));
  }

  @Test
  void everythingWrongIsSaidAtOnceWithItsPlace() {
    refused(
        """
        clusters:
          a:
            type: reddis
            nodes:
              - addr: 10.0.0.1
              - {addr: 10.0.0.2:1, available: true}
              - addr: 10.0.0.3:1
              - addr: 'tcp://10.0.0.3:1'
            health_checks:
              - {type: tcp, every: 5, evry: 1s}
              - {type: basik}
            balancers:
              b: {type: harpoxy}
            min_active_node: 3
        """,
        "m.yaml:3:",
        "did you mean 'redis'",
        "available: is found out by the members",
        "is listed at m.yaml:7:",
        "a duration needs a unit",
        "evry: unknown key (did you mean 'every'?)",
        "one of redis-basic, tcp, found 'basik'",
        "one of haproxy, found 'harpoxy'",
        "min_active_node: unknown key (did you mean 'min_active_nodes'?)");
  }

  @Test
  void whatNothingWouldFollowFromIsRefused() {
    refused(
        """
        clusters:
          a:
            type: generic
            min_spare_nodes: 2
            triggers:
              - {on: [nodes, start], do: [{type: shell, commands: [x]}]}
        """,
        "m.yaml:4:22: clusters.a.min_spare_nodes: members start no instances yet",
        "triggers[0].on: members do not tell nodes.start yet");
  }

  @Test
  void aNodeIsItsAddressInOneWayOfWritingIt() {
    refused(
        """
        clusters:
          a: {type: generic, nodes: [{addr: 'TCP://Host:1'}, {addr: 'host:1'}]}
        """,
        "'host:1' is listed at");
  }

  @Test
  void membersThatWatchAlikeHaveTheSameDigest() {
    String one = "clusters: {a: {type: generic, nodes: [{addr: 'h:1'}], votes: fresh}}";
    String other = "clusters: {a: {votes: fresh, type: generic, nodes: []}}";
    String third = "clusters: {a: {votes: majority, type: generic}}";

    assertThat(read(one).get("a").digest()).isEqualTo(read(other).get("a").digest());
    assertThat(read(third).get("a").digest()).isNotEqualTo(read(other).get("a").digest());
  }
}
