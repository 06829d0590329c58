// Package procstat reads what FreeBSD's and CheriBSD's commands print about a
// process: procstat(1), proccontrol(1) and elfctl(1). All of it is functions of
// text: nothing is run here, so what a board printed can be read anywhere.
//
// Where procstat can print JSON (libxo, `procstat --libxo json`), the functions
// read that as well as the text: in it, nothing depends on columns. The list of
// compartments is the exception: its JSON repeats the same keys in one object.
//
// Formats follow the manual pages and usr.bin/procstat, usr.bin/proccontrol and
// usr.bin/elfctl of CheriBSD. Which of them a board's own output has confirmed
// is in docs/morello.md. A function that meets something it does not know gives
// what it did read, and an *Unread that says what it did not.
package procstat
