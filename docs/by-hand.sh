#!/bin/sh
# The use case with every part started by hand: root CA, attester, three digital services and launcher
# are set up, a source is uploaded, compiled and executed in each mode, and deleted.
#
#   docs/by-hand.sh [FOLDER]          everything goes into FOLDER; default: a new temporary one, removed at the end
#   docs/by-hand.sh FOLDER COMMAND…   once everything is started, COMMAND in place of the uploads and runs:
#                                     docs/by-hand.sh /tmp/menu bin/eaibench launcher menu
#
# Run it as root: then every part has its own user. Others can run it too; the evidence then says so.
set -eu
cd "$(dirname "$0")/.."

eaibench=${EAIBENCH:-bin/eaibench}
host=${HOST_ADDRESS:-127.0.0.1} # on Linux all of 127.0.0.0/8 is this host
if [ $# -ge 1 ] && [ -e "$1" ] && { [ ! -d "$1" ] || [ -n "$(ls -A "$1")" ]; }; then
	echo "docs/by-hand.sh: $1 is there already and not an empty folder: remove it or name another" >&2
	exit 2
fi
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
chmod 711 "$folder" # the attester and the compiler are users of their own
pids=

finish() {
	status=$?
	trap - EXIT
	for pid in $pids; do kill "$pid" 2>/dev/null || true; done
	wait
	[ $# -ge 1 ] || [ "$status" -ne 0 ] || rm -rf "$folder"
	exit "$status"
}
trap 'finish "$@"' EXIT
trap 'exit 130' INT TERM

say() { printf '\n# %s\n' "$*"; }

# Starts a server and waits for the line by which it says that it is ready.
start() {
	name=$1
	shift
	mkfifo "$folder/$name.ready"
	"$eaibench" "$@" >"$folder/$name.ready" 2>"$folder/$name.log" &
	pids="$! $pids"
	if ! read -r ready <"$folder/$name.ready"; then
		cat "$folder/$name.log" >&2
		exit 1
	fi
	echo "$ready"
}

say "The operator: a root CA, and a certificate for every server"
ca="$folder/ca"
"$eaibench" ca init --data "$ca" --host "$host"
for service in store taxi whatsapp; do
	"$eaibench" ca issue service "$service" --data "$ca" --out "$folder/$service" --host "$host"
done
"$eaibench" ca issue attester local --data "$ca" --out "$folder/attester" --host "$host"
"$eaibench" ca issue launcher local --data "$ca" --out "$folder/launcher" --host "$host"

say "The host's provider: the attester, which measures processes and signs what it saw"
start attester attest serve --data "$folder/attester" --listen "$host:8500"

say "Whoever answers for the program: reference values from a build of their own"
"$eaibench" attest reference --program retail --mode all --out "$folder/references.yaml"

say "The policy of root CA and services"
cat >"$folder/policy.yaml" <<POLICY
version: 1
attesters:
  - name: local
    privilege: [separate-user, same-user]
    public_key: |
$(sed 's/^/      /' "$folder/attester/attester.pub")
modes: [hybrid, purecap, compartment]
references: [] # in references.yaml
environment:
  ASAN_OPTIONS: ["detect_leaks=0", "detect_leaks=0:hard_rss_limit_mb=256"]
  OPENSSL_CONF: [""]
  PWD: [/]
parameters:
  crypto: [hpke]
  path: [relayed]
  requests: {max: 1000}
  interval_ms: {max: 60000}
evidence:
  max_age: 60s
certificate:
  lifetime: 10m
POLICY
policy="--policy $folder/policy.yaml --references $folder/references.yaml"

say "Root CA and digital services, each a server with its own key"
# shellcheck disable=SC2086 # two flags
start ca ca serve --data "$ca" $policy --listen "$host:8440"
port=8441
services=
for service in store taxi whatsapp; do
	# shellcheck disable=SC2086
	start "$service" service "$service" --data "$folder/$service" --root-ca "$ca/root.pem" $policy --listen "$host:$port"
	services="$services --service $service=https://$host:$port"
	port=$((port + 1))
done

say "The launcher, which stores, compiles, starts and relays, and holds no key of the data"
# shellcheck disable=SC2086
start launcher launcher serve --data "$folder/launcher" --root-ca "$ca/root.pem" --ca "https://$host:8440" \
	--attester "https://$host:8500" --attester-token "$folder/attester/token" $services --listen "$host:8450"

# In place of --launcher, --root-ca and --token.
export EAIBENCH_LAUNCHER="https://$host:8450" EAIBENCH_ROOT_CA="$ca/root.pem" EAIBENCH_LAUNCHER_TOKEN="$folder/launcher/token"
if [ $# -gt 1 ]; then
	shift
	say "$*"
	"$@"
	exit
fi

ask() {
	command=$1
	shift
	"$eaibench" launcher "$command" "$@"
}

say "Upload"
ask upload integration_process/solutions/retail/retail.c
ask list
for mode in hybrid purecap compartment; do
	say "Mode $mode"
	ask compile 1 --mode "$mode"
	ask execute 1 --mode "$mode" --run "by-hand-$mode"
done

say "Delete"
ask delete 1
ask list
