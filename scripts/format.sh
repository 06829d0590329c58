#!/bin/sh
# Fails and lists the Go files that gofumpt would change.
set -eu
unformatted=$(go tool gofumpt -l .)
if [ -n "$unformatted" ]; then
	printf 'not formatted, run `go tool gofumpt -w .`:\n%s\n' "$unformatted" >&2
	exit 1
fi
