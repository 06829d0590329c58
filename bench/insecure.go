package bench

// Insecurities says of the cells, a sentence each, what they leave out of the protection in order to measure its cost; empty
// where they leave nothing out. Whoever shows their values shows this too.
func Insecurities(cells []Cell) []string {
	none, cached := false, false
	for _, cell := range cells {
		none = none || cell.Crypto == Unsealed
		cached = cached || cell.Verify == Cached
	}
	var sentences []string
	if none {
		sentences = append(sentences, "INSECURE: cells with crypto none do not seal data.")
	}
	if cached {
		sentences = append(sentences, "INSECURE: cells with verify cached do not verify a certificate at each request.")
	}
	return sentences
}
