// Package importing makes ordinary campaigns of published files: measurements of compartments on Morello as their
// authors keep them. A campaign of them can be summarised, compared, audited, drawn and exported as any other.
//
// What a file does not say is absent, never made up: most have no times, none has the host it was measured on, the
// executables or the certificates. What publications say of how such files came about is kept beside the values
// (results.Known), so that an audit finds it.
//
// Values become those of a campaign without loss: a decimal number of ms is shifted to ns, and MB, which are 2²⁰
// bytes in these files, become bytes.
package importing
