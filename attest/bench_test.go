package attest

import (
	"strings"
	"testing"
)

// A bill of the retail solution is about this long.
var billOfOneKiB = strings.Repeat("0123456789abcdef", 64)

func BenchmarkVerify(b *testing.B) {
	for name, prepare := range map[string]func(*cast){"full": func(*cast) {}, "cached": cached} {
		b.Run(name, func(b *testing.B) {
			c := newCast(b)
			prepare(c)
			c.certify(b)
			party := c.relyingParty(b)
			party.AllowVerifyCached = true
			request := c.sealed(b, Read, billOfOneKiB)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := party.Verify(Read, request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerifyParts(b *testing.B) {
	c := newCast(b)
	c.certify(b)
	policy := c.policy(b)
	der := c.process.Certificate.Raw
	signed := ok1(EvidenceOf(c.process.Certificate))(b)
	b.Run("parse certificate", func(b *testing.B) {
		for b.Loop() {
			ok1(parseCertificate(der))(b)
		}
	})
	b.Run("chain", func(b *testing.B) {
		for b.Loop() {
			wantCheck(b, c.authority.Root.verify(c.process.Certificate, noon), "")
		}
	})
	b.Run("parse evidence", func(b *testing.B) {
		for b.Loop() {
			ok1(parseMessage(signed))(b)
		}
	})
	b.Run("verify evidence", func(b *testing.B) {
		for b.Loop() {
			ok1(VerifyEvidence(signed, policy))(b)
		}
	})
}

func BenchmarkOpenRequest(b *testing.B) {
	c := newCast(b)
	c.certify(b)
	request := c.sealed(b, Read, billOfOneKiB)
	process := ok1(c.relyingParty(b).Verify(Read, request))(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.service.OpenRequest(Read, request, process); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealReply(b *testing.B) {
	c := newCast(b)
	c.certify(b)
	request := c.sealed(b, Read, "{}")
	process := ok1(c.relyingParty(b).Verify(Read, request))(b)
	hash, plaintext := RequestHash(Read, request), []byte(billOfOneKiB)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.service.SealReply(Read, request, process, hash, plaintext); err != nil {
			b.Fatal(err)
		}
	}
}
