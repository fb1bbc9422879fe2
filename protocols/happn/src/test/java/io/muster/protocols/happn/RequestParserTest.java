package io.muster.protocols.happn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestParserTest {
  private static Request parse(String frame) throws RequestParser.Unreadable {
    return RequestParser.parse(frame.getBytes(StandardCharsets.UTF_8));
  }

  private static String data(Request r) {
    return new String(r.data, StandardCharsets.UTF_8);
  }

  @Test
  void dataIsKeptAsItCameAndOptionsAreRead() throws Exception {
    Request r =
        parse(
            "{\"action\":\"set\",\"eventId\":4,\"path\":\"/t\",\"data\": {\"ä\":[1, 2],\"n\":1e3},"
                + "\"sessionId\":\"s-1\",\"options\":{\"merge\":true,\"meta\":{\"m\":1,\"path\":2},"
                + "\"targetClients\":[\"a\"],\"timeout\":60000,\"options\":{\"limit\":5}}}");

    assertThat(data(r)).isEqualTo("{\"ä\":[1, 2],\"n\":1e3}");
    assertThat(new String(r.sessionId, StandardCharsets.UTF_8)).isEqualTo("\"s-1\"");
    assertThat(r.options.merge).isTrue();
    assertThat(r.options.limit).isEqualTo(5);
    assertThat(r.options.targets).containsExactly("a");
    assertThat(new String(r.options.meta, StandardCharsets.UTF_8)).isEqualTo("\"m\":1");
  }

  @Test
  void aMetaMemberOfTheDataIsLeftOut() throws Exception {
    Request r = parse("{\"action\":\"set\",\"data\":{\"a\":1,\"_meta\":{\"x\":1},\"b\":\"\\\"\"}}");

    assertThat(data(r)).isEqualTo("{\"a\":1,\"b\":\"\\\"\"}");
  }

  @Test
  void whatIsNotSupportedIsNamedNotIgnored() throws Exception {
    assertThat(parse("{\"action\":\"set\",\"options\":{\"upsertType\":9}}").options.unsupported)
        .contains("upsertType");
    assertThat(parse("{\"action\":\"set\",\"options\":{\"onBehalfOf\":\"u\"}}").options.onBehalfOf)
        .isEqualTo("u");
    assertThat(parse("{\"action\":\"set\",\"options\":{\"onBehalfOf\":null}}").options.onBehalfOf)
        .isNull();
  }

  @Test
  void anActionThatIsNoTextIsNone() throws Exception {
    for (String action : new String[] {"[\"x\"]", "{\"eventId\":1}", "7"}) {
      Request r = parse("{\"action\":" + action + ",\"eventId\":5}");
      assertThat(r.action).isEmpty();
      assertThat(r.eventId).isEqualTo(5);
    }
  }

  @Test
  void brokenFramesTellTheirEventIdWhereItCouldBeRead() {
    assertThatThrownBy(() -> parse("{\"eventId\":7,\"data\":[1,2"))
        .isInstanceOfSatisfying(
            RequestParser.Unreadable.class, e -> assertThat(e.eventId).isEqualTo(7));
    assertThatThrownBy(() -> parse("{\"eventId\":7}{}"))
        .isInstanceOf(RequestParser.Unreadable.class);
    assertThatThrownBy(() -> parse("{\"eventId\":7,\"data\":" + "[".repeat(1000) + "}"))
        .isInstanceOf(RequestParser.Unreadable.class);
  }

  @Test
  void noBytesWhateverEndInAnythingButARequestOrARefusal() {
    byte[] good =
        ("{\"action\":\"set\",\"eventId\":4,\"path\":\"/t/ä\","
                + "\"data\":{\"a\":{\"_meta\":1},\"_meta\":2},"
                + "\"sessionId\":\"s\",\"options\":{\"meta\":{\"x\":[1]},\"depth\":99999999999,"
                + "\"consistency\":2,\"targetClients\":[\"a\",1,{}],\"options\":{\"skip\":1}}}")
            .getBytes(StandardCharsets.UTF_8);
    Seeds.each(50_000, (_, random) -> parsesOrRefuses(broken(random, good)));
  }

  private static byte[] broken(Random random, byte[] good) {
    byte[] bad = Arrays.copyOf(good, 1 + random.nextInt(good.length));
    for (int k = random.nextInt(4); k >= 0; k--) {
      byte b = (byte) (random.nextBoolean() ? good[random.nextInt(good.length)] : random.nextInt());
      bad[random.nextInt(bad.length)] = b;
    }
    return bad;
  }

  private static void parsesOrRefuses(byte[] bytes) {
    try {
      RequestParser.parse(bytes);
    } catch (RequestParser.Unreadable e) {
      assertThat(e.action).isNotNull();
    }
  }
}
