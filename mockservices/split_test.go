package mockservices

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/pprof/profile"
)

// parts of a service's work, by the packages that do it. A sample belongs to the innermost function that one of them has: a
// hash inside a signature is the signature's, a signature inside a certificate is Ed25519's.
var parts = []struct {
	name     string
	packages []string
}{
	{"TLS", []string{"crypto/tls"}},
	{"certificates", []string{"crypto/x509", "encoding/asn1", "vendor/golang.org/x/crypto/cryptobyte"}},
	{"COSE/CBOR", []string{"github.com/veraison/go-cose", "github.com/fxamacker/cbor"}},
	{"HPKE", []string{"crypto/hpke"}},
	{"Ed25519", []string{"crypto/ed25519", "crypto/internal/fips140/ed25519"}},
	{"SQLite", []string{"modernc.org", "database/sql"}},
	{"JSON", []string{"encoding/json"}},
	{"HTTP, sockets", []string{"net", "bufio", "internal/poll", "syscall"}},
	{"our own", []string{"eaibench"}},
}

// noPart has garbage collection, the scheduler and what else no package calls.
const noPart = "Go runtime"

// partOf attributes a stack of functions, innermost first.
func partOf(stack []string) string {
	for _, function := range stack {
		for _, part := range parts {
			for _, name := range part.packages {
				if rest, ok := strings.CutPrefix(function, name); ok && (rest[0] == '.' || rest[0] == '/') {
					return part.name
				}
			}
		}
	}
	return noPart
}

// splitOf reads a CPU profile: the share of each part, 0 to 1.
func splitOf(t testing.TB, file string) map[string]float64 {
	t.Helper()
	source, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	read, err := profile.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	split := map[string]float64{}
	var total float64
	for _, sample := range read.Sample {
		var stack []string
		for _, location := range sample.Location {
			for _, line := range location.Line { // inlined functions first
				stack = append(stack, line.Function.Name)
			}
		}
		nanoseconds := float64(sample.Value[len(sample.Value)-1])
		split[partOf(stack)] += nanoseconds
		total += nanoseconds
	}
	for part := range split {
		split[part] /= total
	}
	return split
}

// printSplit prints one row for each number of connections.
func printSplit(w io.Writer, rows []measured) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nCPU time of the store for an attested read, and its parts:")
	fmt.Fprint(table, "connections\treads/s\tp50 µs\tp99 µs\tCPU µs\t")
	for _, part := range parts {
		fmt.Fprint(table, part.name, "\t")
	}
	fmt.Fprintln(table, noPart+"\t")
	for _, row := range rows {
		fmt.Fprintf(table, "%d\t%.0f\t%.0f\t%.0f\t%.0f\t", row.connections, row.rate, microseconds(row.p50), microseconds(row.p99), microseconds(row.cpu))
		for _, part := range parts {
			fmt.Fprintf(table, "%.1f %%\t", 100*row.split[part.name])
		}
		fmt.Fprintf(table, "%.1f %%\t\n", 100*row.split[noPart])
	}
	return table.Flush()
}

func TestSamplesBelongToTheInnermostPart(t *testing.T) {
	for want, stack := range map[string][]string{
		"Ed25519":       {"crypto/internal/fips140/edwards25519.(*Point).Add", "crypto/internal/fips140/ed25519.Verify", "crypto/x509.checkSignature", "net/http.(*conn).serve"},
		"certificates":  {"runtime.mallocgc", "vendor/golang.org/x/crypto/cryptobyte.(*String).Read", "crypto/x509.ParseCertificate", "eaibench/attest.parseCertificate"},
		"HPKE":          {"crypto/internal/fips140/aes/gcm.gcmAesEnc", "crypto/hpke.(*Sender).Seal", "eaibench/attest.seal"},
		"TLS":           {"crypto/internal/fips140/aes/gcm.gcmAesEnc", "crypto/tls.(*Conn).writeRecordLocked", "net/http.(*conn).serve"},
		"SQLite":        {"modernc.org/sqlite/lib._sqlite3VdbeExec", "database/sql.(*DB).exec", "eaibench/mockservices.(*Service).read"},
		"JSON":          {"encoding/base64.(*Encoding).Decode", "encoding/json.(*decodeState).value"},
		"HTTP, sockets": {"internal/runtime/syscall.Syscall6", "syscall.Syscall", "internal/poll.(*FD).Write", "crypto/tls.(*Conn).Write"},
		"COSE/CBOR":     {"reflect.Value.Set", "github.com/fxamacker/cbor/v2.parseMap", "eaibench/attest.decodeEvidence"},
		"our own":       {"runtime.memmove", "eaibench/attest.appendBytes"},
		noPart:          {"runtime.gcDrain", "runtime.gcBgMarkWorker"},
	} {
		if got := partOf(stack); got != want {
			t.Errorf("%s is counted as %s, want %s", stack[0], got, want)
		}
	}
	// A name is not a prefix of another package's.
	if got := partOf([]string{"netip.Parse"}); got != noPart {
		t.Errorf("netip is counted as %s", got)
	}
}
