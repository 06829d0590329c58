package runner

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/bench"
	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
	"eaibench/internal/endpoint"
	"eaibench/links"
	"eaibench/results"
)

// lastingOperator makes an operator's folder for services that are reached at 127.0.0.1.
func lastingOperator(t *testing.T, change func(*DeploymentOptions), services ...string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "operator")
	options := retail(t, reachable(t))
	options.Modes, options.Paths, options.Verifies = []string{"hybrid", "compartment"}, []string{bench.Relayed, bench.Direct}, []string{bench.Full}
	if change != nil {
		change(&options)
	}
	var certified []RunningService
	for _, id := range services {
		certified = append(certified, RunningService{ID: id, Host: loopback})
	}
	if err := MakeOperator(t.Context(), options, certified, folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

// startRunning starts a service as its own operator does, with what that was given, at an address.
func startRunning(t *testing.T, operator, id, address string) *component {
	t.Helper()
	own := filepath.Join(operator, "services", id)
	c, err := startComponent(t.Context(), executable(t), "service/"+id, filepath.Join(t.TempDir(), id+".log"), []string{
		"service", id, "--data", own, "--root-ca", filepath.Join(own, authority.RootFile), "--policy", filepath.Join(own, "policy.yaml"), "--listen", address,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	return c
}

// bookedTrips counts what the service taxi has kept.
func bookedTrips(t *testing.T, operator string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(operator, "services", "taxi", "transport_app.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM Viagens").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// runningCampaign has runs of each mode, on the path that stands at the same place.
func runningCampaign(site Site, record *record, modes, paths []string, runs int, running ...string) *Campaign {
	c := &Campaign{Platform: "linux", Running: running, Site: site, Record: record}
	for i, mode := range modes {
		id := mode + "-" + paths[i]
		c.Cells = append(c.Cells, bench.Cell{
			ID: id, Mode: mode, Path: paths[i], Crypto: "hpke",
			Parameters: bench.Parameters{Requests: 2, Arguments: bench.Arguments{"threshold_cents": int64(15_000)}},
		})
		for n := range runs {
			c.Runs = append(c.Runs, bench.PlannedRun{ID: fmt.Sprint(id, "-", n), Cell: id, Position: len(c.Runs), Iteration: n})
		}
	}
	return c
}

// One service already runs, and is reset; one already runs, and nobody has its token; one is started on a host. Two campaigns, from
// two targets, are carried out against the same services, and leave them running.
func TestRunningServices(t *testing.T) {
	operator := lastingOperator(t, nil, "store", "taxi")
	store, taxi := startRunning(t, operator, "store", "127.0.0.1:0"), startRunning(t, operator, "taxi", "127.0.0.1:0")
	if err := os.Remove(filepath.Join(operator, "services", "taxi", authority.TokenFile)); err != nil {
		t.Fatal(err)
	}
	booked := bookedTrips(t, operator)
	board := elsewhere(t, "board")
	overSSH, err := ssh.New(sshtest.Start(t).Config("board"))
	if err != nil {
		t.Fatal(err)
	}
	defer overSSH.Close()
	board.Host = overSSH
	for _, target := range []Place{Here(), board} {
		found, err := FindRunning(t.Context(), Finding{
			Target: target, Operator: operator, Solution: "retail", Services: map[string]string{"store": store.address, "taxi": taxi.address},
		})
		if err != nil || len(found) != 2 || !found[0].Resets() || found[1].Resets() || len(found[0].CertificateSHA256) != 64 {
			t.Fatalf("found %+v, %v", found, err)
		}
		options := retail(t, reachable(t))
		options.Modes, options.Paths, options.Verifies = []string{"hybrid", "compartment"}, []string{bench.Relayed, bench.Direct}, []string{bench.Full}
		options.References, options.Operator, options.Running = nil, operator, found
		options.Target, options.Services = target, map[string]Place{"whatsapp": elsewhere(t, "ijui")}
		deployment, err := Deploy(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		record := &record{}
		c := runningCampaign(deployment, record, options.Modes, options.Paths, 1, "store", "taxi")
		outcome, err := c.Run(t.Context())
		if err != nil || outcome[bench.OK] != len(c.Runs) {
			t.Errorf("from %s: got %v, %v:\n%s", target.Name, outcome, err, strings.Join(record.endings(), "\n"))
			printLogs(t, deployment)
		}
		checkRunningLinks(t, deployment, target.Name, store.address, taxi.address)
		checkNothingLeft(t, deployment)
		now := bookedTrips(t, operator)
		if added := now - booked; added != 2*len(c.Runs) {
			t.Errorf("from %s: %d trips were added to what nobody resets, want %d", target.Name, added, 2*len(c.Runs))
		}
		booked = now
	}
	if store.gone() || taxi.gone() {
		t.Error("a service that ran before has ended")
	}
}

// checkRunningLinks looks at what is measured of the links to services that already run: round trips alone.
func checkRunningLinks(t *testing.T, deployment *Deployment, target string, addresses ...string) {
	t.Helper()
	looks := deployment.MeasureLinks(t.Context(), links.Measurement{RoundTrips: 3})
	for _, address := range addresses {
		between := [2]string{target, strings.TrimPrefix(address, "https://")}
		at := slices.IndexFunc(looks, func(look results.LinkLook) bool { return look.Between == between })
		if at < 0 || looks[at].Emulated || looks[at].Measured == nil {
			t.Errorf("the link between %v: %+v", between, looks)
			continue
		}
		if m := looks[at].Measured; !m.Handshakes || m.RoundTrip.Count != 3 || m.RoundTrip.Minimum <= 0 || m.Up != (links.Transfer{}) {
			t.Errorf("the link between %v: %+v", between, m)
		}
	}
}

// What is wrong with a service is found before anything is started, and said: which check, where, what to do.
func TestRunningFaults(t *testing.T) {
	operator, foreign := lastingOperator(t, nil, "store"), lastingOperator(t, nil, "store")
	store := startRunning(t, operator, "store", "127.0.0.1:0")
	silent := "https://" + fmt.Sprint(loopback, ":", sshtest.HoldPort(t))
	expired := lastingOperator(t, nil, "store")
	long := func() time.Time { return time.Now().Add(-2 * attest.OperatorLifetime) }
	issuing := authority.Issuing{Kind: attest.KindService, Name: "store", Hosts: []string{loopback}, Overwrite: true, Now: long}
	if _, err := authority.Issue(filepath.Join(expired, "ca"), filepath.Join(expired, "services", "store"), issuing); err != nil {
		t.Fatal(err)
	}
	old := showCertificate(t, filepath.Join(expired, "services", "store"))
	for _, test := range []struct {
		name     string
		finding  Finding
		check    attest.Check
		wants    []string
		tokens   string // in place of the store's
		readable bool   // the token, by everybody
	}{
		{name: "nobody listens", finding: Finding{Operator: operator, Services: map[string]string{"store": silent}}, wants: []string{
			"service store at " + silent + ": no answer: ", "its operator starts it with `eaibench service store`; it has to be reached from the target, local",
		}},
		{name: "a foreign root", finding: Finding{Operator: foreign, Services: map[string]string{"store": store.address}}, check: attest.CheckChain, wants: []string{
			": check chain: ", "it is not certified by the root CA in " + foreign + ": --operator names the folder of who certified it, or ",
		}},
		{name: "another service", finding: Finding{Operator: operator, Services: map[string]string{"taxi": store.address}}, check: attest.CheckRole, wants: []string{
			": check role: the certificate is eai:service/store, want service taxi; the scenario names the address of another service, or ", "eaibench ca issue service taxi",
		}},
		{name: "a certificate that expired", finding: Finding{Operator: expired, Services: map[string]string{"store": old}}, check: attest.CheckTime, wants: []string{
			": check time: the certificate expired at ", "eaibench ca issue service store --data " + expired + "/ca --out DIR --host 127.0.0.1",
		}},
		{name: "another name", finding: Finding{Operator: operator, Services: map[string]string{"store": strings.Replace(store.address, loopback, "localhost", 1)}}, wants: []string{
			"not valid for any names, but wanted to match localhost", "--host localhost",
		}},
		{name: "another solution", finding: Finding{Operator: operator, Solution: "healthcare", Services: map[string]string{"store": store.address}}, wants: []string{
			"it serves store of solution retail, not store of healthcare",
		}},
		{name: "another token", finding: Finding{Operator: operator, Services: map[string]string{"store": store.address}}, tokens: strings.Repeat("ab", 32), wants: []string{
			"the bearer token is not this server's", "services/store/token is to be as in the service's data folder; without it the service's data are not reset",
		}},
		{name: "a token that everybody can read", finding: Finding{Operator: operator, Services: map[string]string{"store": store.address}}, readable: true, wants: []string{"chmod 600"}},
		{name: "two at once", finding: Finding{Operator: operator, Services: map[string]string{"store": silent, "taxi": silent}}, wants: []string{
			"service store at " + silent, "service taxi at " + silent,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.finding.Solution == "" {
				test.finding.Solution = "retail"
			}
			if test.tokens != "" || test.readable {
				test.finding.Operator = withToken(t, operator, test.tokens, test.readable)
			}
			found, err := FindRunning(t.Context(), test.finding)
			fault := new(RunningFault)
			if !errors.As(err, &fault) || fault.Check != test.check || found != nil {
				t.Fatalf("found %v, %#v, want check %q", found, err, test.check)
			}
			for _, want := range test.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
	if _, err := FindRunning(t.Context(), Finding{Operator: filepath.Join(operator, "no"), Services: map[string]string{"store": silent}}); !errors.Is(err, ErrOperator) {
		t.Errorf("without an operator's folder: %v", err)
	}
}

// showCertificate listens with the certificate in a folder, and gives the address; nothing is answered.
func showCertificate(t *testing.T, folder string) string {
	t.Helper()
	identity, err := attest.LoadIdentity(filepath.Join(folder, authority.CertificateFile), filepath.Join(folder, authority.PrivateKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{identity.TLS()}, MinVersion: tls.VersionTLS13})
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_ = connection.(*tls.Conn).Handshake() // fails where who asks has seen enough
			connection.Close()
		}
	})
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
	return "https://" + listener.Addr().String()
}

// withToken is an operator's folder with the same root, and another token of the store's where one is given.
func withToken(t *testing.T, operator, token string, readable bool) string {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "services", "store", authority.TokenFile)
	mode := os.FileMode(0o600)
	if readable {
		mode = 0o644
	}
	err := errors.Join(
		copyFile(filepath.Join(operator, "ca", authority.RootFile), filepath.Join(folder, "ca", authority.RootFile)),
		copyFile(filepath.Join(operator, "services", "store", authority.TokenFile), file), os.Chmod(file, mode),
	)
	if token != "" {
		err = errors.Join(err, os.WriteFile(file, []byte(token), mode))
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// What breaks off a question to a service is not taken for its loss.
func TestAskedTooLate(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	one := Running{ID: "store", URL: "https://127.0.0.1:1"}
	client := endpoint.NewClient(one.URL, endpoint.ClientOptions{})
	defer client.Close()
	if err := one.ask(ended, client); err == nil || isLoss(err) {
		t.Errorf("asked when it was over: %v", err)
	}
	if err := one.ask(t.Context(), client); !isLoss(err) {
		t.Errorf("asked while nobody listens: %v", err)
	}
}

// fileWith names a file that holds a text; "" where none does.
func fileWith(t *testing.T, folder fs.FS, text string) (found string) {
	t.Helper()
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		if strings.Contains(string(content), strings.TrimSpace(text)) {
			found = name
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
