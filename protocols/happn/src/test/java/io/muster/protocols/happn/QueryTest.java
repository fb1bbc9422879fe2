package io.muster.protocols.happn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.FieldNames;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.FieldPath.Meta;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryTest {
  private static byte[] bytes(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private static Request.Options options(String text) {
    try {
      return RequestParser.parse(bytes("{'action':'get','options':" + text + "}")).options;
    } catch (RequestParser.Unreadable e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void namesOfMetadataAreToldFromMembersOfTheData() {
    assertThat(FieldNames.field("a.b")).isEqualTo(FieldPath.Data.of("a.b"));
    assertThat(FieldNames.field("data.a")).isEqualTo(FieldPath.Data.of("a"));
    assertThat(FieldNames.field("_data.a")).isEqualTo(FieldPath.Data.of("a"));
    assertThat(FieldNames.field("data")).isEqualTo(FieldPath.Data.of("data"));
    assertThat(FieldNames.field("data.path")).isEqualTo(FieldPath.Data.of("path"));
    assertThat(FieldNames.field("version")).isEqualTo(FieldPath.Data.of("version"));
    assertThat(FieldNames.field("_metadata")).isEqualTo(FieldPath.Data.of("_metadata"));
    for (String prefix : List.of("", "_meta.")) {
      assertThat(FieldNames.field(prefix + "path")).isEqualTo(Meta.PATH);
      assertThat(FieldNames.field(prefix + "_id")).isEqualTo(Meta.PATH);
      assertThat(FieldNames.field(prefix + "created")).isEqualTo(Meta.CREATED);
      assertThat(FieldNames.field(prefix + "modified")).isEqualTo(Meta.MODIFIED);
      assertThat(FieldNames.field(prefix + "timestamp")).isEqualTo(Meta.MODIFIED);
      assertThat(FieldNames.field(prefix + "createdBy")).isEqualTo(Meta.CREATED_BY);
      assertThat(FieldNames.field(prefix + "modifiedBy")).isEqualTo(Meta.MODIFIED_BY);
    }
  }

  @Test
  void ofAQueryToldTwiceTheOuterCriteriaAndTheInnerFieldsCount() {
    Query q =
        Query.of(
            options(
                "{'options':{'criteria':{'a':1},'sort':{'a':1},'fields':{'a':1},'limit':3},"
                    + "'criteria':{'b':1},'sort':{'b':-1},'fields':{'b':1},'skip':2}"));

    assertThat(q.criteria().toString()).contains("[b]").doesNotContain("[a]");
    assertThat(q.sort().toString()).contains("[b]", "DESCENDING");
    assertThat(q.skip()).isEqualTo(2);
    assertThat(q.limit()).isEqualTo(3);
    assertThat(q.fields().data(bytes("{'a':1,'b':2}"))).isEqualTo(bytes("{'a':1}"));
  }

  @Test
  void whatIsNothingIsNoQuery() {
    Query q = Query.of(options("{'criteria':null,'sort':false,'fields':null,'options':null}"));

    assertThat(q.simple("/a")).isTrue();
    assertThat(q.fields()).isNull();
    assertThat(options("{'aggregate':null,'collation':null}").feature).isNull();
    assertThat(options("{'aggregate':[],'collation':{}}").feature).isEqualTo("aggregate");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'a':1}          | {'a': [1, 2],'b':2}                    | {'a':[1, 2]}
          {'a':1,'c':1}    | {'c':1,'b':2,'a':3}                    | {'c':1,'a':3}
          {'a.b':1}        | {'a':{'b':1e3,'c':2}}                  | {'a':{'b':1e3}}
          {'a.b':1}        | {'a':{'c':2},'x':1}                    | {}
          {'a.b':1}        | {'a':1}                                | {}
          {'a.b':1}        | {'a':[{'b':1,'c':1},2,[{'b':3}],{}]}   | {'a':[{'b':1},[{'b':3}],{}]}
          {'a.b':1,'a':1}  | {'a':{'b':1,'c':2}}                    | {'a':{'b':1,'c':2}}
          {'path':1}       | {'path':1,'a':2}                       | {}
          {'data.path':1}  | {'path':1,'a':2}                       | {'path':1}
          {}               | {'a':1}                                | {}
          {'a':0}          | {'a':1,'b':{'a':2}}                    | {'b':{'a':2}}
          {'a.b':0}        | {'a':[{'b':1,'c':1},2,[{'b':3}]],'d':1} | {'a':[{'c':1},2,[{}]],'d':1}
          {'a.b':false}    | {'a':{'b':1}}                          | {'a':{}}
          {'a.b':0}        | {'a':7}                                | {'a':7}
          {'ü':true}       | {'ü':'ä','v':1}                        | {'ü':'ä'}
          {'a':1}          | no object                              | {}
          """)
  void fieldsShowOrHideMembers(String fields, String data, String seen) {
    Fields f = Fields.of((JsonValue.Obj) JsonText.read(bytes(fields)));

    assertThat(new String(f.data(bytes(data)), StandardCharsets.UTF_8))
        .isEqualTo(new String(bytes(seen), StandardCharsets.UTF_8));
  }

  @Test
  void metadataIsShownWhereItIsNamed() {
    Fields some = Fields.of((JsonValue.Obj) JsonText.read(bytes("{'a':1,'_meta.created':1}")));
    Fields rest = Fields.of((JsonValue.Obj) JsonText.read(bytes("{'path':0}")));
    Fields all = Fields.of((JsonValue.Obj) JsonText.read(bytes("{'_meta':1}")));

    assertThat(some.shows(Meta.CREATED)).isTrue();
    assertThat(some.shows(Meta.PATH)).isFalse();
    assertThat(rest.shows(Meta.CREATED)).isTrue();
    assertThat(rest.shows(Meta.PATH)).isFalse();
    assertThat(all.shows(Meta.PATH)).isTrue();
  }

  @Test
  void aLongQueryIsRefused() {
    String long_ = "{'criteria':{'a':{'$in':[" + "1,".repeat(100_000) + "1]}}}";

    assertThatThrownBy(() -> Query.of(options(long_)))
        .isInstanceOf(CriteriaException.class)
        .hasMessage("criteria of more than 131072 bytes");
  }

  /// Whatever a client sends is a query or is refused with a message, within a bounded time.
  @Test
  void noQueryEndsInAnythingButAnAnswer() {
    byte[] good =
        bytes(
            "{'action':'get','eventId':3,'path':'/a/*','options':{'criteria':{'$or':[{'a.0':{'$gt':1,"
                + "'$in':[1,'x',{'$a':null}]}},{'_meta.created':{'$not':{'$lte':1e99}}},{'b':{'$regex':"
                + "['(a|b){2,9}[^\\\\]]*','gi'],'$elemMatch':{'x':{'$mod':[4,-1]}}}}],'$nor':[{}]},"
                + "'fields':{'a.b':1,'_meta':true},'options':{'sort':{'a':-1,'path':1},'skip':3,"
                + "'limit':1000,'aggregate':null},'path_only':false}}");
    Seeds.each(
        30_000,
        (_, random) -> {
          byte[] bad = good.clone();
          for (int k = random.nextInt(5); k > 0; k--) {
            int from = random.nextInt(good.length);
            int n = Math.min(random.nextInt(20), good.length - from);
            int to = random.nextInt(good.length - n + 1);
            System.arraycopy(good, from, bad, to, n);
          }
          long before = System.nanoTime();
          try {
            Query.of(RequestParser.parse(bad).options);
          } catch (RequestParser.Unreadable | CriteriaException e) {
            assertThat(e.getMessage()).isNotBlank();
          }
          Duration taken = Duration.ofNanos(System.nanoTime() - before);
          assertThat(taken).isLessThan(Duration.ofSeconds(10));
        });
  }
}
