package attest

import (
	"crypto/x509"
	"math/big"
	"slices"
	"testing"
)

// presents is a client that shows in TLS the process's certificates after change, the first one being whose key it holds.
func presents(change func(t *testing.T, c *cast, own *x509.Certificate) []*x509.Certificate) func(*testing.T, *cast) []*x509.Certificate {
	return func(t *testing.T, c *cast) []*x509.Certificate { return change(t, c, c.process.Certificate) }
}

// otherCertificate is a new one for the same process: same keys, same names, other bytes.
func otherCertificate(t *testing.T, c *cast, _ *x509.Certificate) []*x509.Certificate {
	own := c.process.Certificate
	defer func() { c.process.Certificate = own }()
	c.reissue(t, func(template *x509.Certificate) { template.SerialNumber = big.NewInt(1) })
	return []*x509.Certificate{c.process.Certificate}
}

var clientCases = []relyingCase{
	{name: "a service's certificate in TLS", want: CheckClientCertificate, presented: presents(func(_ *testing.T, c *cast, _ *x509.Certificate) []*x509.Certificate {
		return []*x509.Certificate{c.service.Certificate}
	})},
	{name: "another certificate of the same process in TLS", want: CheckClientCertificate, presented: presents(otherCertificate)},
	{name: "own certificate second in TLS", want: CheckClientCertificate, presented: presents(func(_ *testing.T, c *cast, own *x509.Certificate) []*x509.Certificate {
		return []*x509.Certificate{c.service.Certificate, own}
	})},
}

// A client that shows its certificate in TLS and seals nothing is held to every check that is not the request's.
func TestRelyingPartyRefusesClients(t *testing.T) {
	cases := slices.Concat(certificateCases, evidenceCases, requestCases)
	for _, ac := range appraisalCases {
		cases = append(cases, relyingCase{name: ac.name, want: ac.want, measured: ac.change})
	}
	made := 0
	for _, rc := range cases {
		if rc.request != nil || rc.want == CheckCrypto || rc.want == CheckProgramPublicKey {
			continue
		}
		made++
		t.Run(string(rc.want)+"/"+rc.name, func(t *testing.T) { wantCheck(t, rc.client(t), rc.want) })
	}
	if made < 40 {
		t.Errorf("only %d cases", made)
	}
	wantCheck(t, relyingCase{}.client(t), "")
	_, err := newCast(t).relyingParty(t).VerifyClient(nil)
	wantCheck(t, err, CheckCertificate)
}

// client shows the case's certificate in TLS.
func (rc relyingCase) client(t *testing.T) error {
	t.Helper()
	c := newCast(t)
	if rc.measured != nil {
		rc.measured(c)
	}
	c.certify(t)
	if rc.certificate != nil {
		rc.certificate(t, c)
	}
	party := c.relyingParty(t)
	if rc.party != nil {
		rc.party(t, c, party)
	}
	process, err := party.VerifyClient(c.process.Certificate.Raw)
	if (process == nil) != (err != nil) {
		t.Errorf("verified client %v with error %v", process, err)
	}
	return err
}
