.PHONY: help check format demo sim docs
help: ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
check: ## All that CI runs
	./mvnw verify
format: ## Writes every Java file the one way
	./mvnw -q -pl tidy -am test -Dtest='SourcesTest#areFormatted' -Dsurefire.failIfNoSpecifiedTests=false -Dtidy.extra=-Dtidy.write=true
demo: ## Three members on this machine
	./muster demo
sim: ## More seeds for the failure detector: make sim SEEDS=2000; one again: make sim SEED=17
	./mvnw -pl sim -am test -Dtest='SwimSimulation*' -Dsurefire.failIfNoSpecifiedTests=false $(if $(SEED),-Dmuster.seed=$(SEED),-Dmuster.seeds=$(or $(SEEDS),500))
docs: ## Regenerates docs/reference
	./mvnw -q -pl kernel generate-sources && cp kernel/target/errors.md docs/reference/errors.md
