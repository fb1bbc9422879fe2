package io.muster.spi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What criteria mean and which are refused; single quotes stand for double ones in JSON.
class CriteriaMatcherTest {
  static JsonValue json(String text) {
    return JsonText.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  /// Names that begin with `meta.` are metadata, all others lead into the data.
  static Criteria criteria(String text) {
    return CriteriaJson.read(
        json(text), n -> n.startsWith("meta.") ? CriteriaJson.OWN.apply(n) : FieldPath.Data.of(n));
  }

  static PathRecord record(String path, String data) {
    byte[] bytes = data.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return new PathRecord(path, bytes, 1000, 2000, "anna", null, 3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                   | {'a':1}                       | yes
          {'a':1}                              | {'a':1}                       | yes
          {'a':1}                              | {'a':1.0}                     | yes
          {'a':1}                              | {'a':1e0}                     | yes
          {'a':1}                              | {'a':2}                       | no
          {'a':1}                              | {'a':'1'}                     | no
          {'a':1}                              | {'a':true}                    | no
          {'a':1}                              | {}                            | no
          {'a':9007199254740993}               | {'a':9007199254740992}        | no
          {'a':'x'}                            | {'a':'x'}                     | yes
          {'a':'x'}                            | {'a':'X'}                     | no
          {'a':'x','b':1}                      | {'a':'x','b':1}               | yes
          {'a':'x','b':1}                      | {'a':'x','b':2}               | no
          {'a':{'x':1,'y':2}}                  | {'a':{'x':1,'y':2}}           | yes
          {'a':{'x':1,'y':2}}                  | {'a':{'y':2,'x':1}}           | no
          {'a':{'x':1}}                        | {'a':{'x':1,'y':2}}           | no
          {'a':{}}                             | {'a':{}}                      | yes
          {'a':null}                           | {'a':null}                    | yes
          {'a':null}                           | {}                            | yes
          {'a':null}                           | {'a':0}                       | no
          {'a':null}                           | {'a':[]}                      | no
          {'a':null}                           | {'a':[1,null]}                | yes
          {'a':{'$ne':null}}                   | {'a':0}                       | yes
          {'a':{'$ne':null}}                   | {}                            | no
          {'a.b':1}                            | {'a':{'b':1}}                 | yes
          {'a.b':1}                            | {'a.b':1}                     | no
          {'a.b':1}                            | {'a':[{'b':2},{'b':1}]}       | yes
          {'a.b':1}                            | {'a':[[{'b':1}]]}             | no
          {'a.0.b':1}                          | {'a':[[{'b':1}]]}             | yes
          {'a.0.0.b':1}                        | {'a':[[{'b':1}]]}             | yes
          {'a.b':null}                         | {'a':[{'b':2},{'c':1}]}       | yes
          {'a.b':null}                         | {'a':[]}                      | no
          {'a.b':null}                         | {'a':[1,2]}                   | no
          {'a.b':null}                         | {'a':1}                       | yes
          {'a.b':{'$exists':false}}            | {'a':[{'b':2},{'c':1}]}       | no
          {'a.b':{'$exists':false}}            | {'a':[1]}                     | yes
          {'a':1}                              | {'a':[3,1]}                   | yes
          {'a':[3,1]}                          | {'a':[3,1]}                   | yes
          {'a':[3,1]}                          | {'a':[[3,1],2]}               | yes
          {'a':[3,1]}                          | {'a':[1,3]}                   | no
          {'a.0':3}                            | {'a':[3,1]}                   | yes
          {'a.1':3}                            | {'a':[3,1]}                   | no
          {'a.01':1}                           | {'a':[3,1]}                   | no
          {'a.1':2}                            | {'a':[5,[2,4]]}               | no
          {'a.1':[2,4]}                        | {'a':[5,[2,4]]}               | yes
          {'a.1':4}                            | {'a':[5,{'1':4}]}             | yes
          {'a.1.b':4}                          | {'a':[5,{'b':4}]}             | yes
          {'a.0':1}                            | {'a':{'0':1}}                 | yes
          {'a':{'$gt':1}}                      | {'a':2}                       | yes
          {'a':{'$gt':1}}                      | {'a':1}                       | no
          {'a':{'$gt':1}}                      | {'a':'2'}                     | no
          {'a':{'$gt':1}}                      | {'a':[0,2]}                   | yes
          {'a':{'$gte':1.5}}                   | {'a':1.5}                     | yes
          {'a':{'$lt':-1}}                     | {'a':-1e999}                  | yes
          {'a':{'$lt':9223372036854775807}}    | {'a':9223372036854775806}     | yes
          {'a':{'$lt':9223372036854775807}}    | {'a':9223372036854775808}     | no
          {'a':{'$lte':'b'}}                   | {'a':'a'}                     | yes
          {'a':{'$lt':'\uff5e'}}               | {'a':'\ud83d\ude00'}          | no
          {'a':{'$gte':null}}                  | {}                            | yes
          {'a':{'$gt':null}}                   | {'a':1}                       | no
          {'a':{'$gt':false}}                  | {'a':true}                    | yes
          {'a':{'$gt':[1,2]}}                  | {'a':[1,3]}                   | yes
          {'a':{'$gt':{'x':1}}}                | {'a':{'x':2}}                 | yes
          {'a':{'$gt':1,'$lte':3}}             | {'a':5}                       | no
          {'a':{'$gt':1,'$lte':3}}             | {'a':3}                       | yes
          {'a':{'$gt':4,'$lt':3}}              | {'a':[5,1]}                   | yes
          {'a':{'$ne':1}}                      | {'a':[1,2]}                   | no
          {'a':{'$ne':1}}                      | {}                            | yes
          {'a':{'$in':[1,'x']}}                | {'a':'x'}                     | yes
          {'a':{'$in':[1,'x']}}                | {'a':['y','x']}               | yes
          {'a':{'$in':[]}}                     | {'a':1}                       | no
          {'a':{'$in':[null]}}                 | {}                            | yes
          {'a':{'$in':[[1]]}}                  | {'a':[1]}                     | yes
          {'a':{'$nin':[1,2]}}                 | {'a':3}                       | yes
          {'a':{'$nin':[1,2]}}                 | {'a':[3,2]}                   | no
          {'a':{'$nin':[]}}                    | {}                            | yes
          {'a':{'$exists':true}}               | {'a':null}                    | yes
          {'a':{'$exists':true}}               | {'b':1}                       | no
          {'a':{'$exists':0}}                  | {'b':1}                       | yes
          {'a':{'$exists':true}}               | {'a':[]}                      | yes
          {'a':{'$type':'string'}}             | {'a':'x'}                     | yes
          {'a':{'$type':['null','bool']}}      | {'a':false}                   | yes
          {'a':{'$type':'null'}}               | {}                            | no
          {'a':{'$type':'array'}}              | {'a':[]}                      | yes
          {'a':{'$type':'number'}}             | {'a':['x',1]}                 | yes
          {'a':{'$type':2}}                    | {'a':'x'}                     | yes
          {'a':{'$regex':'^b.*d$'}}            | {'a':'bcd'}                   | yes
          {'a':{'$regex':'c'}}                 | {'a':'bcd'}                   | yes
          {'a':{'$regex':'C'}}                 | {'a':'bcd'}                   | no
          {'a':{'$regex':['C','i']}}           | {'a':'bcd'}                   | yes
          {'a':{'$regex':'C','$options':'gi'}} | {'a':['x','bcd']}             | yes
          {'a':{'$options':'i','$regex':'C'}}  | {'a':'bcd'}                   | yes
          {'a':{'$regex':'b.d'}}               | {'a':'b\\nd'}                 | no
          {'a':{'$regex':['b.d','s']}}         | {'a':'b\\nd'}                 | yes
          {'a':{'$regex':'^d'}}                | {'a':'b\\nd'}                 | no
          {'a':{'$regex':['^d','m']}}          | {'a':'b\\nd'}                 | yes
          {'a':{'$regex':'1'}}                 | {'a':1}                       | no
          {'a':{'$like':'b%d'}}                | {'a':'bcd'}                   | yes
          {'a':{'$like':'b%d'}}                | {'a':'bcdd'}                  | yes
          {'a':{'$like':'b%d'}}                | {'a':'abcd'}                  | no
          {'a':{'$like':'%b%d%'}}              | {'a':'ab.d\\n'}               | yes
          {'a':{'$like':'b.d'}}                | {'a':'bcd'}                   | no
          {'a':{'$like':''}}                   | {'a':''}                      | yes
          {'a':{'$mod':[4,1]}}                 | {'a':5}                       | yes
          {'a':{'$mod':[4,-1]}}                | {'a':-5}                      | yes
          {'a':{'$mod':[4.9,1.2]}}             | {'a':5.7}                     | yes
          {'a':{'$mod':[4,1]}}                 | {'a':'5'}                     | no
          {'a':{'$size':2}}                    | {'a':[1,2]}                   | yes
          {'a':{'$size':2}}                    | {'a':[[1,2]]}                 | no
          {'a':{'$size':0}}                    | {}                            | no
          {'a.b':{'$size':1}}                  | {'a':[{'b':[]},{'b':[7]}]}    | yes
          {'a':{'$all':[1,2]}}                 | {'a':[2,3,1]}                 | yes
          {'a':{'$all':[1,2]}}                 | {'a':[2,3]}                   | no
          {'a':{'$all':[1]}}                   | {'a':1}                       | yes
          {'a':{'$all':[]}}                    | {'a':[]}                      | no
          {'a':{'$all':[{'$elemMatch':{'x':1}},{'$elemMatch':{'x':2}}]}} | {'a':[{'x':1},{'x':2}]} | yes
          {'a':{'$all':[{'$elemMatch':{'x':1}},{'$elemMatch':{'x':3}}]}} | {'a':[{'x':1},{'x':2}]} | no
          {'a':{'$elemMatch':{'x':1,'y':2}}}   | {'a':[{'x':1,'y':1},{'x':1,'y':2}]} | yes
          {'a':{'$elemMatch':{'x':1,'y':2}}}   | {'a':[{'x':1,'y':1},{'x':2,'y':2}]} | no
          {'a':{'$elemMatch':{'$gt':1,'$lt':3}}} | {'a':[0,2]}                 | yes
          {'a':{'$elemMatch':{'$gt':1,'$lt':3}}} | {'a':[0,4]}                 | no
          {'a':{'$elemMatch':{'$gt':1}}}       | {'a':2}                       | no
          {'a':{'$elemMatch':{'0':1}}}         | {'a':[[1,2]]}                 | yes
          {'a':{'$elemMatch':{'$elemMatch':{'$gt':1}}}} | {'a':[[1,2]]}        | yes
          {'a':{'$elemMatch':{'$or':[{'x':1},{'y':2}]}}} | {'a':[{'y':2}]}     | yes
          {'a':{'$elemMatch':{'$not':{'$gt':1}}}} | {'a':[5,'x']}              | yes
          {'a':{'$not':{'$gt':1}}}             | {'a':1}                       | yes
          {'a':{'$not':{'$gt':1}}}             | {'a':[1,2]}                   | no
          {'a':{'$not':{'$gt':1}}}             | {}                            | yes
          {'a':{'$not':{'$gt':1,'$lt':5}}}     | {'a':7}                       | yes
          {'a':{'$not':{'$regex':'x'}}}        | {'a':'y'}                     | yes
          {'a':{'$not':{'$not':{'$gt':1}}}}    | {'a':2}                       | yes
          {'$and':[{'a':1},{'b':2}]}           | {'a':1,'b':2}                 | yes
          {'$or':[{'a':1},{'b':2}]}            | {'a':3,'b':2}                 | yes
          {'$or':[{'a':1},{'b':2}],'c':1}      | {'a':1}                       | no
          {'$nor':[{'a':1},{'b':2}]}           | {'a':3}                       | yes
          {'$nor':[{'a':1},{'b':2}]}           | {'b':2}                       | no
          {'meta.path':{'$like':'/r%'}}        | {}                            | yes
          {'meta.created':{'$gte':1000,'$lte':1000}} | {}                      | yes
          {'meta.modified':{'$lt':2000}}       | {}                            | no
          {'meta.createdBy':'anna'}            | {}                            | yes
          {'meta.modifiedBy':null}             | {}                            | yes
          {'meta.version':{'$not':{'$gt':2}}}  | {}                            | no
          {'':1}                               | {'':1}                        | yes
          {'a..b':1}                           | {'a':{'':{'b':1}}}            | yes
          {'a':1}                              | {'a':2,'a':1}                 | yes
          {'a':null}                           | no object                     | yes
          """)
  void means(String criteria, String data, String expected) {
    Criteria read = criteria(criteria);

    assertThat(CriteriaMatcher.of(read).matches(record("/r", data)))
        .isEqualTo(expected.equals("yes"));
    assertThat(CriteriaJson.read(CriteriaJson.write(read), CriteriaJson.OWN)).isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []                          | criteria must be an object
          {'$where':'1'}              | unknown operator: $where
          {'$not':{'a':1}}            | unknown operator: $not
          {'a':{'$foo':1}}            | unknown operator: $foo
          {'a':{'$gt':1,'b':2}}       | unknown operator: b
          {'a':{'$elemMatch':{'$x':1}}}   | unknown operator: $x
          {'a':{'$elemMatch':{'b':1,'$x':1}}} | unknown operator: $x
          {'a':{'$elemMatch':1}}      | $elemMatch needs an object
          {'$and':[]}                 | $and needs a list of criteria
          {'$or':{'a':1}}             | $or needs a list of criteria
          {'$nor':[1]}                | what $nor lists must be an object
          {'a':{'$in':1}}             | $in needs an array
          {'a':{'$in':[{'$regex':'x'}]}} | $in takes values, no $regex
          {'a':{'$nin':'x'}}          | $nin needs an array
          {'a':{'$all':{}}}           | $all needs an array
          {'a':{'$exists':'x'}}       | $exists needs true or false
          {'a':{'$type':'date'}}      | $type knows string, number, object, array, bool and null, not date
          {'a':{'$type':[]}}          | $type needs a type
          {'a':{'$regex':1}}          | $regex parameter value must be an Array or a string
          {'a':{'$regex':[]}}         | $regex parameter value must be an Array or a string
          {'a':{'$regex':['a','x']}}  | $regex knows the flags i, m and s, not 'x'
          {'a':{'$regex':['a',1]}}    | the flags of $regex must be a string
          {'a':{'$regex':'('}}        | $regex ( is not understood: missing closing )
          {'a':{'$regex':'(?=x)'}}    | $regex (?=x) is not understood: invalid or unsupported Perl syntax
          {'a':{'$options':'i'}}      | $options needs a $regex
          {'a':{'$like':1}}           | $like needs a string
          {'a':{'$mod':[0,1]}}        | $mod needs [divisor, remainder], numbers, the divisor not 0
          {'a':{'$mod':[1]}}          | $mod needs [divisor, remainder], numbers, the divisor not 0
          {'a':{'$size':-1}}          | $size needs a whole number that is not negative
          {'a':{'$not':1}}            | $not needs an object of operators
          {'a':{'$not':{}}}           | $not needs an object of operators
          {'meta.nothing':1}          | unknown field: meta.nothing
          """)
  void isRefused(String criteria, String why) {
    assertThatThrownBy(() -> criteria(criteria))
        .isInstanceOf(CriteriaException.class)
        .hasMessage(why);
  }

  @Test
  void whatIsTooLargeIsRefused() {
    String deep = "{'$and':[".repeat(40) + "{}" + "]}".repeat(40);
    String wide = "{'a':{'$in':[" + "1,".repeat(2000) + "1]}}";
    String patterns = "{'$or':[" + "{'a':{'$like':'x'}},".repeat(32) + "{'a':{'$like':'x'}}]}";

    for (String c :
        List.of(
            deep,
            "{'a':" + "[".repeat(999) + "]".repeat(999) + "}",
            wide,
            patterns,
            "{'a':'" + "x".repeat(70_000) + "'}",
            "{'" + "a.".repeat(70) + "':1}",
            "{'a':{'$regex':'" + "x".repeat(1001) + "'}}",
            "{'a':{'$like':'" + "x".repeat(1001) + "'}}",
            "{'a':{'$regex':'(a{1000}){1000}'}}",
            "{'a':{'$regex':'((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9}){9}'}}",
            "{'a':{'$regex':'" + "[^]a]{1000}".repeat(3) + "'}}",
            "{'a':{'$regex':'(a|bc{2,500}){0,900}'}}")) {
      assertThatThrownBy(() -> criteria(c)).as(c).isInstanceOf(CriteriaException.class);
    }
    criteria("{'a':{'$regex':'^[0-9]{4}-[0-9]{2}([.][a-z]{1,63}){0,20}$'}}");
  }

  @Test
  void aRegularExpressionTakesLinearTime() {
    Criteria c = criteria("{'a':{'$regex':'^(a+)+$'}}");
    PathRecord r = record("/r", "{'a':'" + "a".repeat(100_000) + "b'}");

    assertThat(CriteriaMatcher.of(c).matches(r)).isFalse();
  }

  @Test
  void dataIsReadWhereItIsAskedFor() {
    assertThat(CriteriaMatcher.of(criteria("{'meta.path':'/r'}")).readsData()).isFalse();
    assertThat(CriteriaMatcher.of(Criteria.ANY).readsData()).isFalse();
    assertThat(CriteriaMatcher.of(criteria("{'$nor':[{'a':1}]}")).readsData()).isTrue();
  }
}
