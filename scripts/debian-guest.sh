#!/bin/sh
# Builds a Debian guest that runs under QEMU, unless it has been built already, and prints the folder with its disk,
# its kernel and hosts.yaml (debian-guest.yaml), which has it as the host `debian`. The folder is below ${XDG_CACHE_HOME:-~/.cache}/eaibench
# and named after what the guest is made from: a change here makes another. One not used for a month is removed.
# As root; a minute and more, some 400 MB.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

release=bookworm
# What scenarios need is named in one place; the rest boots, gets an address and lets somebody in.
packages="$("$here/setup.sh" list run) openssh-server linux-image-cloud-amd64 initramfs-tools systemd-sysv udev kmod iproute2 procps"
size=4G # of the disk, sparse

fail() {
	echo "debian-guest: $1" >&2
	exit 2
}

guests=${XDG_CACHE_HOME:-${HOME:?debian-guest: where is the cache? neither XDG_CACHE_HOME nor HOME is set}/.cache}/eaibench/debian-guest
name=$({ cat "$0" && echo "$packages"; } | sha256sum | cut -c1-16)
folder=$guests/$name
mkdir -p "$guests"
# Of two that build, the second finds what the first has built.
exec 9>"$guests/lock"
flock 9
ready() {
	cp "$here/debian-guest.yaml" "$guests/hosts.yaml" && mv "$guests/hosts.yaml" "$folder/"
	touch "$folder"
	echo "$folder"
	exit 0
}
[ ! -d "$folder" ] || ready
[ "$(id -u)" = 0 ] || fail "$folder is not built yet: run as root once, or set XDG_CACHE_HOME to a cache that has it"
for tool in mmdebstrap mke2fs; do
	command -v $tool >/dev/null || fail "$tool is missing: scripts/setup.sh qemu installs it"
done

find "$guests" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf --one-file-system {} +
new=$guests/new
rm -rf --one-file-system "$new" # Of a build that was cut off.
mkdir "$new"
trap 'rm -rf --one-file-system "$new"' EXIT
trap 'exit 1' INT TERM HUP

# Before the kernel's package makes the initial RAM disk: of its drivers, those that find the disk.
cat >"$new/before" <<'END'
set -eu
mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"
printf 'MODULES=list\nCOMPRESS=zstd\n' >"$1/etc/initramfs-tools/conf.d/eaibench"
printf 'virtio_pci\nvirtio_blk\n' >"$1/usr/share/initramfs-tools/modules.d/eaibench"
END

# The serial console lets root in without a password, the network only with a key. Nothing is fetched or tidied while
# something is measured.
cat >"$new/after" <<'END'
set -eu
chroot "$1" passwd -q -d root
echo debian >"$1/etc/hostname"
echo '127.0.0.1 localhost debian' >"$1/etc/hosts"
printf '[Match]\nType=ether\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n' >"$1/etc/systemd/network/guest.network"
chroot "$1" systemctl --quiet enable systemd-networkd.service
chroot "$1" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	e2scrub_reap.service fstrim.timer getty@tty1.service getty-static.service systemd-networkd-wait-online.service
END

log=$new/log
build() {
	mmdebstrap --variant=minbase --include="$(echo "$packages" | tr ' ' ,)" \
		--aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--essential-hook="sh '$new/before' \"\$1\"" --customize-hook="sh '$new/after' \"\$1\"" \
		"$release" "$new/root" &&
		cp "$new"/root/boot/vmlinuz-* "$new/vmlinuz" &&
		cp "$new"/root/boot/initrd.img-* "$new/initrd.img" &&
		truncate -s "$size" "$new/disk.img" &&
		mke2fs -q -t ext4 -L root -d "$new/root" "$new/disk.img"
}
if ! build >"$log" 2>&1; then
	tail -n 30 "$log" >&2
	fail "the guest could not be built"
fi
rm -rf "$new/root" "$new/before" "$new/after"
mv "$new" "$folder"
ready
