// Package links is what lies between two hosts: how long data need, how much of
// them goes through, and what happens when the way is cut.
//
// The package owns the description of a link (Link, with its presets), its
// emulation between real processes of one host (Emulate), and the measurement of
// links, emulated or real (Serve, Measure). What goes over a link it does not
// know: connections of TLS pass through untouched.
//
// What toxiproxy is used for: how data are delayed (its latency toxic) and
// throttled (its bandwidth toxic). Its Proxy is not used. In v2.12.0 that ends
// both directions of a connection when one has ended, so that a reply to a half
// that was closed is lost; it leaves goroutines behind when a connection ends with
// data under way; and it queues 32 MiB in front of a slow link, which a sender
// takes for sent. So accepting, connecting and ending is our own.
package links
