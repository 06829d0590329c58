#!/bin/sh
# What an attested start and the operations cost in each mode, step by step, and what the store's
# service carries at 1, 8 and 64 connections with the split of its CPU time.
set -eu
result=$(mktemp)
trap 'rm -f "$result"' EXIT
bin/eaibench run bench --out out --json >"$result"
folder=$(sed -n 's/^  "folder": "\(.*\)",$/\1/p' "$result")
bin/eaibench summary "$folder" --metric start_total
echo
bin/eaibench summary "$folder" --steps
echo
echo "The store's service: attested reads"
go test -run '^$' -bench '^BenchmarkAttestedRead$' ./mockservices
