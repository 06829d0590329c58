#!/bin/sh
# Installs the Debian packages that are missing: `setup.sh run` what scenarios need, `setup.sh test`
# what the tests need too (Chromium alone is 123 MB to load, 412 MB on the disk), `setup.sh qemu` what virtual machines and their tests need. As root, or with sudo; otherwise
# it prints the line to run and ends with 2. `setup.sh list run` names the packages alone.
set -eu

packages="gcc libc6-dev make bubblewrap libssl-dev libcjson-dev util-linux"
case "$*" in
run | "list run") ;;
test) packages="$packages chromium clang openssl openssh-client openssh-server valgrind zsh fish mandoc python3-scipy r-base-core" ;;
qemu) packages="$packages e2fsprogs mmdebstrap openssh-client qemu-system-x86" ;;
*)
	echo "usage: setup.sh run|test|qemu, or list run" >&2
	exit 2
	;;
esac
if [ "$1" = list ]; then
	echo "$packages"
	exit 0
fi

if ! command -v dpkg-query >/dev/null; then
	echo "setup: not a Debian system; needed are the equivalents of: $packages" >&2
	exit 0
fi

missing() {
	for package in "$@"; do
		status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
		[ "$status" = installed ] || printf ' %s' "$package"
	done
}

# clang's sanitizers are in a package named after its version, known once clang itself is.
sanitizers() {
	version=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
	[ -z "$version" ] || echo "libclang-rt-$version-dev"
}

install() {
	[ -n "$1" ] || return 0
	line="apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends$1"
	if [ "$(id -u)" = 0 ]; then
		as_root="sh -c"
	elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		as_root="sudo sh -c"
	else
		printf 'setup: some packages are missing; run as root:\n  %s\n' "$line" >&2
		exit 2
	fi
	echo "setup: installing$1" >&2
	log=$(mktemp)
	if ! $as_root "$line" >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		exit 1
	fi
	rm -f "$log"
}

# shellcheck disable=SC2086 # the lists are words
install "$(missing $packages)"
if [ "$1" = test ]; then
	# shellcheck disable=SC2046
	install "$(missing $(sanitizers))"
fi

if ! command -v go >/dev/null; then
	echo "setup: Go is missing; install it from https://go.dev/dl/ (the version in go.mod, or later)" >&2
	exit 2
fi
