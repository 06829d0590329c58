package report

// Progress is how far a campaign is: what the live page shows, and its server's news are, as JSON.
type Progress struct {
	Done    int `json:"done"`
	Planned int `json:"planned"`
	// Text says it in words, with what is not ok and the time left.
	Text string `json:"text"`
	// Over is true when nothing is left to carry out.
	Over bool `json:"over"`
	// Page counts the times that the report was made anew: a page with another number is not the newest.
	Page int `json:"page"`
}
