package ssh

// Marked tells whether a soft limit of file sizes, in bytes, is the mark of a recent
// command of the host's. Others' marks are near it as seldom as any of 2^51 numbers.
func (h *Host) Marked(limit uint64) bool {
	const recent = 10_000
	return h.nextMark()-limit/512 <= recent
}
