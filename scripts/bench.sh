#!/bin/sh
# What an attested start and the operations cost in each mode, step by step; how latency grows with the
# processes at once and with the data; what the store's service carries at 1, 8 and 64 connections with the
# split of its CPU time; that the peak memory of a process is read right whatever the harness's own size;
# how often the statistics' intervals hold the truth, and how long they take; how long the report of 800,000 samples takes to
# write and to open; what the order of runs does on a machine kept busy by bursts.
set -eu
result=$(mktemp)
trap 'rm -f "$result"' EXIT

# measure SCENARIO [--only …]: carries it out and sets folder.
measure() {
	bin/eaibench run "$@" --out out --json >"$result"
	folder=$(sed -n 's/^  "folder": "\(.*\)",$/\1/p' "$result")
}

measure bench
bin/eaibench summary "$folder" --metric start_total
echo
bin/eaibench summary "$folder" --steps
echo
echo "Latency of a request (three operations) against the processes at once"
measure scaling
bin/eaibench summary "$folder" --metric request_total
echo
echo "Latency of an attested read against the size of its data"
measure payload --only mode=hybrid
bin/eaibench summary "$folder" --metric read_act_total
echo
echo "The store's service: attested reads"
go test -run '^$' -bench '^BenchmarkAttestedRead$' ./mockservices
echo
echo "A process that touches 100 MiB, read by harnesses that hold 0, 100 and 400 MiB"
go test -run '^$' -bench '^BenchmarkMemory$' -benchtime 5x ./platform
echo
echo "How often intervals hold the truth, tests mistake noise for a difference and see 2 %, and what statistics cost"
go test -count 1 -run '^TestCoverage|^TestFalsePositives$' -v -bench . ./bench/statistics
go test -count 1 -run '^TestPower$' -v -bench CompareCells ./bench
echo
echo "The report of 100 cells, 200 runs of each and 40 metrics: until it is written, with the most memory; until it is loaded, and drawn, in Chromium"
scripts/setup.sh test
go test -run '^$' -bench '^BenchmarkReport$' -benchtime 3x ./internal/cli
echo
echo "The same scenario in blocks and one cell after the other, on a machine kept busy by bursts"
scripts/bursts.sh
