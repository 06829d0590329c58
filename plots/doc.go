// Package plots owns figures of a campaign. It draws what bench computes from
// what results read, and knows not how either came about.
//
// A figure stands alone: title, units, number of runs and, where it applies, that the
// modes are stand-ins, are in the picture itself, since pictures travel without
// their captions. Colours are told apart by the colour-blind and in grey print, and each
// mode has a marker of its own. The same data give the same bytes.
package plots
