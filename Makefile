# make            builds bin/eaibench
# make demo       installs what is missing, builds, runs the smoke scenario: table and figure
# make test       everything that proves the project, set-up included
# make test-qemu  a Debian guest, built if need be, under QEMU: boot, deploy, compile inside, the smoke scenario, collect, shut down
# make test-qemu-long
#                 the same guest: what every host must pass, and QEMU killed at five moments of a campaign
# make check-fast what to run before each commit: format, vet, tests without the race detector
# make cross      eaibench for other hosts: freebsd/arm64 (Morello), linux/arm64, linux/amd64
# make morello-smoke IMAGE=FILE QEMU=FILE
#                 the smoke scenario on CheriBSD under QEMU Morello; says what to obtain where they are not there
# make references computes the reference tables again, by R and SciPy, and compares them
# make bench      what each step costs in each mode, how latency grows, what a service carries, what statistics cost
# make latex      compiles a document of every table of a campaign and every kind of figure; needs pdflatex, booktabs and siunitx
# make paper DATA=FOLDER
#                 published tables and figures of Morello again, from FOLDER into out/paper, each number beside the
#                 published one; without DATA says where the data are from
# make figures    the figures of every shipped scenario, from campaigns in out, which are carried out where they are missing
# make docs-figures
#                 the page of all kinds of figures, docs/figures.md
# make install    eaibench, its manual page and the shells' completions below $(DESTDIR)$(PREFIX)
# make uninstall  removes what make install put there
# make clean      removes what was built and measured here

# Go's installer does not put it into PATH.
export PATH := $(PATH):/usr/local/go/bin
# One way to build for all that is built, so that each package is compiled once for each system, wherever the source is.
export GOFLAGS := $(GOFLAGS) -trimpath
export CGO_ENABLED := 0
PREFIX ?= /usr/local

.PHONY: build demo test bench paper figures latex docs-figures check-fast clean install uninstall \
	setup-run setup-test setup-qemu format vet staticcheck references cross morello-smoke test-c test-numbers test-go test-fuzz test-qemu test-qemu-long

# The attester, which is a user of its own, executes it too, whatever the umask.
build:
	CGO_ENABLED=0 go build -trimpath -o bin/eaibench .
	@chmod 755 bin/eaibench

demo: setup-run build
	@bin/eaibench doctor >/dev/null || { bin/eaibench doctor; exit 2; }
	bin/eaibench run scenarios/smoke.yaml --out out

# From what fails soonest to what takes longest.
test: setup-test format vet staticcheck cross test-c test-fuzz test-numbers test-go

check-fast: format vet
	go test ./...

setup-run:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

setup-qemu:
	@scripts/setup.sh qemu

format:
	@scripts/format.sh

vet:
	go vet ./...

staticcheck:
	go tool staticcheck ./...

# What is copied to other hosts, beside bin/eaibench. A Morello board runs CheriBSD, which is FreeBSD to Go.
cross:
	GOOS=freebsd GOARCH=arm64 go build ./...
	GOOS=freebsd GOARCH=arm64 go build -o bin/eaibench-freebsd-arm64 .
	GOOS=linux GOARCH=arm64 go build -o bin/eaibench-linux-arm64 .
	GOOS=linux GOARCH=amd64 go build -o bin/eaibench-linux-amd64 .

# On CheriBSD, which no package has: says what to obtain where it is not there, and fails.
morello-smoke:
	@IMAGE='$(IMAGE)' QEMU='$(QEMU)' FIRMWARE='$(FIRMWARE)' OUT='$(OUT)' scripts/morello-smoke.sh

references:
	@scripts/references.sh

test-c:
	$(MAKE) -C integration_process -j$$(nproc) --output-sync=target --no-print-directory test

test-fuzz:
	@scripts/fuzz.sh

# What the numbers are worth: agreement with R and SciPy, how often intervals hold the truth and tests mistake noise for
# a difference, the power to see 2 %, and speed. Pure functions of one goroutine: the race detector would find nothing,
# and take ten times as long.
PRINTED = ^TestCoverage|^TestFalsePositives$$|^TestPower$$|^TestSpeed
test-numbers: references
	go test -skip '$(PRINTED)' ./bench/...
	go test -count 1 -v -run '$(PRINTED)' -bench 'SummarizeMillion|CompareCells' ./bench ./bench/statistics

# With the race detector, what takes longest first. Figures and tables are made by one goroutine, as numbers are: their tests take
# ten times as long with it, and find the same. `make vet` has been.
DRAWN = ^TestScripts$$/^(compare|completion|export|flags|help|import|mistakes|morello|paper|plan|tables|verify)$$|^TestDrawCampaign$$|^TestPlot
test-go:
	go test -vet=off ./plots/...
	go test -vet=off -run '$(DRAWN)' ./internal/cli
	CGO_ENABLED=1 go test -race -vet=off -timeout 60m -skip '$(DRAWN)' $$(go list ./runner ./internal/cli ./internal/adversary) \
		$$(go list ./... | grep -vE '^eaibench/(bench|plots|runner|internal/cli|internal/adversary)(/|$$)')

# By emulation alone, slow wherever it runs. Without QEMU or the guest it fails.
test-qemu: setup-qemu
	guest=$$(scripts/debian-guest.sh) && EAIBENCH_GUEST_HOSTS=$$guest/hosts.yaml \
		go test -count 1 -timeout 40m -v -run '^TestTargets$$' ./internal/cli

test-qemu-long: setup-qemu
	go vet -tags qemu ./hosts/inventory ./runner
	guest=$$(scripts/debian-guest.sh) && EAIBENCH_GUEST_HOSTS=$$guest/hosts.yaml \
		go test -tags qemu -p 1 -count 1 -timeout 60m -v -run '^TestDebian' ./hosts/inventory ./runner

# The modes' totals and every step; latency against processes and data; what the store's service carries.
bench: setup-run build
	@scripts/bench.sh

# Fails where a number that should does not come out.
paper: build
	@bin/eaibench paper $(if $(DATA),'$(DATA)') --out out/paper

# Below out/figures, a folder a scenario; draws anew only what changed. Half an hour where nothing is measured yet.
figures: setup-run build
	@scripts/figures.sh

# On Debian: texlive-latex-recommended and texlive-science. Without pdflatex it fails.
latex:
	go vet -tags latex ./internal/cli ./plots
	go test -tags latex -count 1 -v -run '^(TestLaTeXDocument|TestCaptionCompiles)$$' ./internal/cli ./plots

# The pictures are golden files too: look at them before they are committed.
docs-figures:
	go test ./plots -count 1 -run '^TestGallery' -update

# Where man and the shells look by themselves, when PREFIX is /usr or /usr/local.
BIN  = $(DESTDIR)$(PREFIX)/bin/eaibench
MAN  = $(DESTDIR)$(PREFIX)/share/man/man1/eaibench.1
BASH = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/eaibench
ZSH  = $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_eaibench
FISH = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/eaibench.fish

install: build
	@for file in "$(BIN)" "$(MAN)" "$(BASH)" "$(ZSH)" "$(FISH)"; do mkdir -p "$${file%/*}" || exit 1; done
	install -m 755 bin/eaibench "$(BIN)"
	bin/eaibench man >"$(MAN)"
	bin/eaibench completion bash >"$(BASH)"
	bin/eaibench completion zsh >"$(ZSH)"
	bin/eaibench completion fish >"$(FISH)"
	chmod 644 "$(MAN)" "$(BASH)" "$(ZSH)" "$(FISH)"

uninstall:
	rm -f "$(BIN)" "$(MAN)" "$(BASH)" "$(ZSH)" "$(FISH)"

clean:
	rm -rf bin out
	$(MAKE) -C integration_process clean
