package attest_test

import (
	"fmt"
	"os"
	"time"

	"eaibench/attest"
)

// An operator certifies a service; a process verifies the certificate before it sends anything, and refuses it for
// another service.
func Example() {
	now := time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)
	authority, err := attest.CreateAuthority("Example Root", now, attest.RootLifetime)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	store, err := attest.GenerateIdentity()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	store.Certificate, err = authority.IssueService("store", store.SigningPublic(), store.Sealing.PublicKey(),
		[]string{"127.0.0.1"}, now, attest.OperatorLifetime)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Println(store)

	_, err = authority.Root.VerifyServiceCertificate(store.Certificate.Raw, "store", now)
	fmt.Println("as store:", err)
	_, err = authority.Root.VerifyServiceCertificate(store.Certificate.Raw, "taxi", now)
	fmt.Println("as taxi:", err)
	_, err = authority.Root.VerifyServiceCertificate(store.Certificate.Raw, "store", now.AddDate(2, 0, 0))
	fmt.Println("in two years:", attest.FailedCheck(err))
	// Output:
	// identity eai:service/store
	// as store: <nil>
	// as taxi: role: the certificate is eai:service/store, want service taxi
	// in two years: time
}
