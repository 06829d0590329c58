// Package qemu knows how a virtual machine is started under QEMU and followed over
// its serial console until somebody can log in over SSH; from there on it is a host
// of package hosts/ssh.
//
// Machine is QEMU's command line. Guest is what the system inside shows and is
// answered. Console reads the one and types the other: it needs no QEMU, only a
// stream, so that it follows a board's serial line as well.
//
// What the console shows is kept whole, as it came. To be understood it is freed of
// the terminal's escapes first, since firmware and loaders draw on the screen.
//
// QEMU models neither caches nor branch prediction: times measured inside are no
// performance data, whatever the host.
package qemu
