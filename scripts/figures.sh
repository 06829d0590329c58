#!/bin/sh
# Carries out the scenarios whose figures the documentation shows, and puts the figures into docs/figures.
set -eu
result=$(mktemp)
trap 'rm -f "$result"' EXIT
mkdir -p docs/figures
for scenario in retail-modes healthcare-modes; do
	bin/eaibench run "scenarios/$scenario.yaml" --out out --json >"$result"
	folder=$(sed -n 's/^  "folder": "\(.*\)",$/\1/p' "$result")
	bin/eaibench plot "$folder" >/dev/null
	for figure in box-execute_total steps ecdf memory; do
		cp "$folder/report/$figure.png" "docs/figures/$scenario-$figure.png"
	done
done
