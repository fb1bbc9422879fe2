.PHONY: help check format demo sim bench members docs
help: ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
check: ## All that CI runs
	./mvnw verify
format: ## Writes every Java file the one way
	./mvnw -q -pl tidy -am test -Dtest='SourcesTest#areFormatted' -Dsurefire.failIfNoSpecifiedTests=false -Dtidy.extra=-Dtidy.write=true
demo: ## Three members on this machine
	./muster demo
sim: ## More seeds for failure detector and replication: make sim SEEDS=2000; one again: make sim SEED=17
	./mvnw -pl sim -am test -Dtest='*SimulationTest' -Dsurefire.failIfNoSpecifiedTests=false $(if $(SEED),-Dmuster.seed=$(SEED),-Dmuster.seeds=$(or $(SEEDS),500))
bench: ## Times hot paths with JMH: make bench JMH='PatternIndex -f 2'
	./mvnw -q -pl jmh -am package -DskipTests
	. dist/find-jdk.sh && "$$(find_jdk25)/bin/java" --sun-misc-unsafe-memory-access=allow -cp 'jmh/target/classes:jmh/target/lib/*' org.openjdk.jmh.Main $(JMH)
members: ## Dozens of members in a network namespace of their own (root): make members MEMBERS=50
	./mvnw -q -pl jmh -am package -DskipTests
	. dist/find-jdk.sh && JDK="$$(find_jdk25)" && unshare -n sh -c 'ip link set lo up && exec "$$0"/bin/java --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -cp "jmh/target/classes:jmh/target/lib/*" io.muster.membership.ManyMembers $(or $(MEMBERS),50)' "$$JDK"
docs: ## Regenerates docs/reference
	./mvnw -q -pl kernel -am compile && cp kernel/target/errors.md docs/reference/errors.md
