package bench

import "slices"

// Role says on whom an operation waits.
type Role string

// The roles.
const (
	// Network: what the requester waited for a reply, less what the service timed itself: the way there and back, and HTTP and TLS
	// at both ends of it.
	Network Role = "network"
	// Relay: the launcher's own steps.
	Relay Role = "launcher"
	// Crypto: sealing, opening, signing and verifying, by whoever does it; of a start keys, certificates and evidence.
	Crypto Role = "crypto"
	// Service: the service's work on its data.
	Service Role = "service"
	// Rest: what is in no step, such as the conversation of process and launcher.
	Rest Role = "rest"
)

// Roles lists the roles in the order of tables.
func Roles() []Role { return []Role{Network, Relay, Crypto, Service, Rest} }

// cryptoSteps are the steps that are nothing but cryptography, by their metrics.
var cryptoSteps = []string{
	"encrypt", "decrypt", "verifyCertificate", "getServicePublicKey",
	"generateKeyPair", "getPublicKey", "putServicePublicKey", "sign", "generateAttestableDoc",
}

// waitingSteps are those in which nothing but a server's reply is waited for, by their metrics.
var waitingSteps = []string{"request", "post", "generateCertificate", "getIntegratedServices"}

// roleOf is the role of a part of a total.
func roleOf(part Part) Role {
	switch metric := part.Series.Metric; {
	case slices.Contains(waitingSteps, metric):
		return Network
	case slices.Contains(cryptoSteps, metric):
		return Crypto
	case part.Series.Component == DigitalService:
		return Service
	case part.Series.Component == Launcher && !part.Rest:
		return Relay
	}
	return Rest
}

// Shares is a total taken apart by role.
type Shares struct {
	// Total is the median over the cell's runs, ns; N how many there are.
	Total float64 `json:"total_ns"`
	N     int     `json:"n"`
	// Of has each role's share, 0 to 1; together they are 1.
	Of map[Role]float64 `json:"of"`
}

// SharesOf takes a total of a cell, one that Totals lists, apart by role: the medians of its parts over the runs that count, each
// relative to the sum of all. Only durations of one clock each are subtracted. The error is as StackOf's.
func SharesOf(runs []Run, values map[string]Values, cell string, total Series) (Shares, error) {
	stack, err := StackOf(runs, values, cell, total)
	if err != nil {
		return Shares{}, err
	}
	shares := Shares{Total: stack.Total, N: stack.N, Of: map[Role]float64{}}
	whole := stack.Total + stack.Excess
	for _, part := range stack.Parts {
		if whole > 0 {
			shares.Of[roleOf(part)] += part.Value / whole
		}
	}
	return shares, nil
}
