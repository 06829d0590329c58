// Package cli owns eaibench's command line: commands, flags, what is printed where, and exit
// codes. It knows nothing of how anything works inside: each command reads its flags, calls one
// room and prints what came back.
//
// Results go to standard output, everything for people to standard error. Exit codes: 0 fine;
// 1 a run (or whatever was asked for) failed; 2 bad input, nothing was done; 3 a gate tripped;
// 4 interrupted, can be resumed. A call without a command is bad input: it shows the help and
// ends with 2, so that a script that lost its arguments does not pass.
package cli
