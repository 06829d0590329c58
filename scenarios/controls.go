package scenarios

import "eaibench/platform"

// Controls are what is alike in every mode, as the platform's profile takes them.
func (s *Scenario) Controls() platform.Controls {
	return platform.Controls{Revocation: platform.Revoke(s.Revocation), BindNow: s.BindNow, CPUs: s.CPUs, OpenSSL: s.OpenSSL}
}
