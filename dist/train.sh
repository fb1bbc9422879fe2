#!/bin/sh
# Makes the cache from which members and commands start: classes loaded and linked, and what the
# JIT compilers learned, in a short run of two members under load (JEP 483, 514, 515).
#
# usage: train.sh DIRECTORY     with the jars in DIRECTORY/lib; writes DIRECTORY/classpath and
#                               DIRECTORY/muster.aot
# Ends with 0 in any case: without the cache everything works, it only starts more slowly. A JVM
# that does not fit the cache, another build or a changed jar, goes on without it by itself.
DIR=$(CDPATH= cd -- "$1" && pwd) || exit 0
HERE=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
CACHE=$DIR/muster.aot
rm -f "$CACHE" "$CACHE".config "$DIR/classpath"
begin=$(date +%s)

give_up() {
  echo "muster: no start cache ($1); members start without, more slowly" >&2
  exit 0
}

[ "${MUSTER_START_CACHE:-true}" = true ] || give_up "it is switched off"
. "$HERE/find-jdk.sh"
JDK=$(find_jdk25) || give_up "no JDK 25"
TEMP=$(mktemp -d) || give_up "no temporary directory"
trained=
other=
# The members hold the other end: they end when this script does, however it ends.
mkfifo "$TEMP/alive" || give_up "no named pipe"
exec 9<>"$TEMP/alive"
cleanup() {
  exec 9>&-
  [ -n "$trained" ] && kill "$trained" 2>/dev/null
  [ -n "$other" ] && kill "$other" 2>/dev/null
  rm -rf "$TEMP"
}
trap cleanup EXIT
trap 'exit 0' INT TERM

CP=
for jar in "$DIR"/lib/*.jar; do CP=$CP:$jar; done
CP=${CP#:}

# To be called in a subshell, which becomes the JVM: its pid is the JVM's.
java() {
  exec "$JDK/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Dio.netty.leakDetection.level=disabled -Xlog:aot=off -Xlog:cds=off "$@"
}

# name link-port
settings() {
  cat >"$TEMP/$1.yaml" <<END
cluster: { name: training, secret: a secret of the training run }
member: { name: $1, data_dir: $TEMP/$1 }
link: { host: 127.0.0.1, port: $2, kdf_iterations: 10000 }
membership: { hosts: ["127.0.0.1:$A", "127.0.0.1:$B"] }
registry: { expect: 2 }
gateway: { host: 127.0.0.1, ports: [0] }
admin: { listen: "127.0.0.1:0" }
security: { secure: true, admin_password: the password of training }
END
}

# Somebody may have the ports: others are tried then.
attempt() {
  A=$((12000 + ($$ * 7 + $1 * 131) % 20000))
  B=$((A + 1))
  rm -rf "$TEMP/a" "$TEMP/b"
  settings a $A
  settings b $B
  : >"$TEMP/a.log"
  : >"$TEMP/b.log"
  (java -XX:+UseSerialGC -Xmx512m -XX:AOTCacheOutput="$CACHE" -cp "$CP" io.muster.cli.Main \
    start --until-stdin-closes -c "$TEMP/a.yaml") <"$TEMP/alive" >"$TEMP/a.log" 2>&1 9>&- &
  trained=$!
  (java -XX:+UseSerialGC -Xmx512m -XX:TieredStopAtLevel=1 -cp "$CP" io.muster.cli.Main \
    start --until-stdin-closes -c "$TEMP/b.yaml") <"$TEMP/alive" >"$TEMP/b.log" 2>&1 9>&- &
  other=$!
  ticks=0
  until grep -q '^ready ' "$TEMP/a.log" && grep -q '^ready ' "$TEMP/b.log"; do
    ticks=$((ticks + 1))
    [ $ticks -lt 120 ] || give_up "the members of the training run were not ready in time"
    kill -0 $trained 2>/dev/null && kill -0 $other 2>/dev/null || return 1
    sleep 1
  done
}

attempt 1 || {
  kill $trained $other 2>/dev/null
  wait $trained $other
  attempt 2 || give_up "the members of the training run did not start: $(tail -n 1 "$TEMP/a.log")"
}

load() {
  (java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$CP" io.muster.cli.Main bench "$@" \
    --warmup 0 -c "$TEMP/a.yaml") >"$TEMP/load.log" 2>&1 9>&-
}
export MUSTER_PASSWORD="the password of training"
load setget --op set --clients 16 --secs 3 || give_up "no load: $(tail -n 1 "$TEMP/load.log")"
load setget --op get --clients 16 --secs 1
load fanout --subs 20 --rate 200 --secs 2

kill $trained
ticks=0
while kill -0 $trained 2>/dev/null; do
  ticks=$((ticks + 1))
  [ $ticks -lt 120 ] || give_up "it was not written in time"
  sleep 1
done
trained=
[ -s "$CACHE" ] || give_up "it was not written: $(tail -n 1 "$TEMP/a.log")"
for jar in "$DIR"/lib/*.jar; do echo "${jar##*/}"; done >"$DIR/classpath"
echo "muster: start cache of $(($(wc -c <"$CACHE") / 1048576)) MiB made in $(($(date +%s) - begin)) s" >&2
