# The two commands: `make run` and `make test`. `make help` lists the rest.

GO          ?= go
STATICCHECK  = honnef.co/go/tools/cmd/staticcheck@v0.8.2
ARGS        ?=
BENCH       ?= .

.DEFAULT_GOAL := help
.PHONY: help run test check format tidy vet staticcheck types arrows bench pictures build tools clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: build ## build and start everything on http://localhost:8080 (needs Go and make; ARGS="--tls dev" for phones in the same network)
	@exec bin/anteroom serve --dev $(ARGS)

build: ## build bin/anteroom
	@[ -e bin/anteroom ] || echo "building bin/anteroom: the first time takes about two minutes"
	$(GO) build -trimpath -o bin/anteroom ./cmd/anteroom

test: tools ## install what the tests need, then run all of them, browsers included
	@sh build/test.sh

check: format tidy vet staticcheck types arrows ## what to run before each commit: a minute

format: ## Go files are as gofmt writes them
	@bad=$$(gofmt -l addr cmd lobby loadtest sfu signaling turn web/*.go web/api); if [ -n "$$bad" ]; then echo "not as gofmt writes them:"; echo "$$bad"; exit 1; fi

tidy: ## go.mod names what is imported, and nothing else
	@$(GO) mod tidy -diff

vet: ## go vet
	@$(GO) vet ./...
	@$(GO) vet -tags browsers ./sfu/transport/peerconnection

staticcheck: ## staticcheck, pinned
	@$(GO) run $(STATICCHECK) ./...

types: ## the client's JSDoc types (tsc)
	@sh build/tools.sh npm
	@cd web/test && ./node_modules/.bin/tsc -p .

arrows: ## which package may know which
	@$(GO) test ./cmd/internal/archtest

bench: build ## the figures that the documents quote: Go's benchmarks, a million guesses of each kind, then every scenario of the load test; half an hour
	@$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m ./... | grep -v '^PASS\|no test files\|^goos\|^goarch\|^cpu'
	@sh build/bench.sh

pictures: tools build ## draw the README's pictures from the running product
	@ANTEROOM_BINARY=$(CURDIR)/bin/anteroom node web/test/browser/pictures.js

tools: ## install what the tests need and this machine lacks
	@sh build/tools.sh all

clean: ## remove what was built
	rm -rf bin web/test/screenshots web/test/results
