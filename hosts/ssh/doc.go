// Package ssh is a host that is reached over SSH and needs nothing of ours: an
// OpenSSH server with its sftp subsystem, a POSIX shell at /bin/sh and the usual
// utilities. No GNU option is used, so that FreeBSD and CheriBSD do as well as
// Linux; the tests run against OpenSSH on Linux alone.
//
// # Connections
//
// One connection carries everything: commands, files, forwarded ports, each in
// channels of its own; another is made only when the server allows no more
// sessions on the first. It is made at the first use, kept alive by requests that
// the server has to answer, and made anew at the next use when it was lost while
// nothing ran. What was running when it was lost fails with a TargetError. The
// server's key is always checked against a file of known keys; there is no way to
// have it accepted unseen.
//
// # Commands
//
// A server starts commands with the user's shell, whichever that is, tells no
// PID, names only the signals of RFC 4254 and ends nothing. So each command has a
// supervisor, a shell on the host that is given its script through standard input:
//
//   - What the user's shell reads is one constant line that sh, csh and fish
//     understand alike; the command's arguments never pass through it. What it
//     prints at its start is left out: output is what stands between two lines
//     with a random token.
//   - The program is executed by env -i, in a session of its own where the host
//     has setsid (not on FreeBSD: there a program that signals its whole process
//     group ends its supervisor too). awk waits for it, since its system function
//     tells an exit status from a signal, which $? of a shell does not.
//   - The program bears a mark that its descendants inherit: a soft limit of file
//     sizes (RLIMIT_FSIZE) of more than 2^60 bytes, each command's another, that
//     binds nobody. By it what the program started is found, wherever it went, in
//     /proc/PID/limits (Linux) or with procstat -l (FreeBSD).
//   - A program may set another limit, as prlimit and ulimit do. So besides the
//     marked, the program itself and all that is below it or below a marked process
//     is found by the parents of processes, and where it leads a session, also those
//     of the session whose parents have ended. What was found once is remembered
//     while the rest is being ended.
//   - The PID alone does not tell the program: when it has ended, another process
//     may be given it. It counts only with the start that was noted with it before
//     the program was executed, in ticks on Linux, in seconds on FreeBSD (where it is
//     not found any more once the clock was set). That the supervisor is above it
//     would tell as much, but not when somebody has killed the supervisor.
//   - One guardian per connection, a shell too, ends commands on request, and all
//     of them when the connection is lost: its standard input ends then. A program
//     starts only while its guardian lives. If a host falls silent without closing
//     the connection, its commands end when its SSH server notices, or when this
//     host is reached again.
//
// What is not held: what has set another limit of file sizes, also in ways such as
// su with pam_limits, is no longer found once its parents have ended and it is not of
// the program's session (on FreeBSD that has none); nor is a program that has done so
// when the connection is lost before the guardian was told its PID. A file without #!
// that is no ELF is refused; an ELF file of another machine is not told apart and ends
// with status 126 or 127.
package ssh
