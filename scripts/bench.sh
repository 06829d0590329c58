#!/bin/sh
# What an attested start and the operations cost in each mode, step by step, and what the store's
# service carries at 1, 8 and 64 connections with the split of its CPU time; and that a process of
# 100 MiB is read as that, however much memory its reader holds.
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
echo
echo "A process that touches 100 MiB, read by harnesses that hold 0, 100 and 400 MiB"
go test -run '^$' -bench '^BenchmarkMemory$' -benchtime 5x ./platform
