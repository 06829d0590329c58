#!/bin/sh
# The smoke scenario on CheriBSD under QEMU Morello: boots, deploys, compiles there, runs, audits, shuts down.
#   IMAGE     CheriBSD's disk image; nothing is written to it
#   QEMU      qemu-system-morello, or a name that is found on PATH
#   FIRMWARE  edk2-aarch64-code.fd, where QEMU does not find it by itself
#   OUT       folder for the campaign; out if it is not set
# Ends with 2 where something is missing, and says what to obtain and how; with 1 where anything else fails.
set -eu
cd "$(dirname "$0")/.."

missing=

lack() {
	missing=1
	printf 'morello-smoke: %s\n' "$1" >&2
}

# Make passes what is not set as empty. Files are named from where make was called.
whole() {
	case $1 in
	/*) printf '%s' "$1" ;;
	*) printf '%s/%s' "$PWD" "$1" ;;
	esac
}

if [ -z "${IMAGE:-}" ]; then
	lack 'IMAGE is not set: it names the disk image of CheriBSD'
elif [ ! -f "$IMAGE" ]; then
	lack "IMAGE=$IMAGE: there is no such file"
fi
if [ -z "${QEMU:-}" ]; then
	lack 'QEMU is not set: it names the program qemu-system-morello'
elif ! qemu=$(command -v "$QEMU"); then
	lack "QEMU=$QEMU: there is no such program"
elif ! "$qemu" -cpu help -M virt 2>/dev/null | grep -qw morello; then
	lack "QEMU=$QEMU: it knows no processor morello: it is not QEMU Morello"
fi
if [ -n "${FIRMWARE:-}" ] && [ ! -f "$FIRMWARE" ]; then
	lack "FIRMWARE=$FIRMWARE: there is no such file"
fi

if [ -n "$missing" ]; then
	cat >&2 <<'TEXT'

Nothing was run. cheribuild (https://github.com/CTSRD-CHERI/cheribuild) makes what is missing, on Linux, macOS or FreeBSD, in some
hours and 100 GiB:

  git clone https://github.com/CTSRD-CHERI/cheribuild
  cd cheribuild
  ./cheribuild.py qemu                                 # ~/cheri/output/sdk/bin/qemu-system-morello
  ./cheribuild.py --include-dependencies disk-image-morello-purecap
                                                       # ~/cheri/output/cheribsd-morello-purecap.img

The image needs a compiler and libraries for all ABIs besides: docs/morello.md says how to install them, once, without -snapshot.
Then

  make morello-smoke IMAGE=$HOME/cheri/output/cheribsd-morello-purecap.img \
      QEMU=$HOME/cheri/output/sdk/bin/qemu-system-morello

with FIRMWARE=FILE where QEMU does not find its edk2-aarch64-code.fd by itself.
TEXT
	exit 2
fi

make build cross

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

# YAML, in single quotes: a quote in a name is written twice.
quoted() {
	printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"
}

{
	cat <<YAML
version: 1
hosts:
  morello:
    kind: qemu
    machine:
      preset: morello
      binary: $(quoted "$(whole "$qemu")")
      disk: $(quoted "$(whole "$IMAGE")")
      snapshot: true
YAML
	if [ -n "${FIRMWARE:-}" ]; then
		printf '      firmware: %s\n' "$(quoted "$(whole "$FIRMWARE")")"
	fi
	cat <<'YAML'
    platform: cheribsd-morello
    work_folder: /var/tmp/eaibench
YAML
} >"$folder/hosts.yaml"

bin/eaibench plan scenarios/smoke.yaml --target qemu:morello --hosts "$folder/hosts.yaml" --verbose
out=${OUT:-out}
mkdir -p "$out"
before=$(ls "$out")
bin/eaibench run scenarios/smoke.yaml --target qemu:morello --hosts "$folder/hosts.yaml" --out "$out"
campaign=
for made in "$out"/smoke-*; do
	case "
$before
" in
	*"
${made##*/}
"*) ;;
	*) campaign=$made ;;
	esac
done
[ -n "$campaign" ] || {
	echo "morello-smoke: there is no new campaign in $out" >&2
	exit 1
}
# QEMU's times are no performance data, which the audit calls critical: it is shown, and no gate.
bin/eaibench audit "$campaign"
bin/eaibench verify "$campaign"
