package mockservices

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"eaibench/attest"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
)

// benchmarkedStore is the variable that makes this test program the store of a benchmark: a process of its own, so that its CPU
// time and profile are the service's alone. Its value is the data folder.
const benchmarkedStore = "EAIBENCH_BENCHMARKED_STORE"

// consumed is what the store of a benchmark writes when it ends.
type consumed struct {
	CPU time.Duration `json:"cpu"` // user and system, from readiness on
}

// BenchmarkAttestedRead measures the store's read over HTTPS on the loopback, requests sealed beforehand: reads a second, exact
// percentiles of the time from sending a request to having its reply, the service's CPU time, and what it went into.
func BenchmarkAttestedRead(b *testing.B) {
	var rows []measured
	for _, connections := range []int{1, 8, 64} {
		var last measured
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			last = measureReads(b, connections)
			b.ReportMetric(last.rate, "reads/s")
			b.ReportMetric(microseconds(last.p50), "p50-µs")
			b.ReportMetric(microseconds(last.p99), "p99-µs")
			b.ReportMetric(microseconds(last.cpu), "cpu-µs/read")
		})
		if last.reads > 0 { // else this one was filtered out
			rows = append(rows, last)
		}
	}
	if err := printSplit(os.Stdout, rows); err != nil {
		b.Fatal(err)
	}
}

// measured is one row of the benchmark's table.
type measured struct {
	connections, reads int
	rate               float64 // reads a second
	p50, p99           time.Duration
	cpu                time.Duration // of the service, a read
	split              map[string]float64
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// measureReads reads b.N times, spread over the connections, each that of a process of its own.
func measureReads(b *testing.B, connections int) measured {
	tr := newTrust(b)
	folder := b.TempDir()
	service := tr.newService(b, "store")
	tr.lay(b, folder, service)
	readers := make([]*benchmarkReader, connections)
	for i := range readers {
		reads := b.N / connections
		if i < b.N%connections {
			reads++
		}
		c := &caller{identity: tr.newProcess(b, "retail", fmt.Sprint("run-", i), nil), service: service.Certificate, solution: "retail", crypto: attest.HPKE}
		readers[i] = newBenchmarkReader(b, tr, c, reads)
	}
	store := startBenchmarkedStore(b, folder)
	for _, r := range readers {
		r.address = "https://" + store.address + "/api/request"
		if err := r.read(0); err != nil { // connects
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	var all sync.WaitGroup
	for _, r := range readers {
		all.Go(r.readAll)
	}
	all.Wait()
	b.StopTimer()
	elapsed := b.Elapsed()

	m := measured{connections: connections, reads: b.N, rate: float64(b.N) / elapsed.Seconds()}
	var latencies []time.Duration
	for _, r := range readers {
		r.client.CloseIdleConnections()
		if r.err != nil {
			b.Fatal(r.err)
		}
		latencies = append(latencies, r.latencies...)
	}
	slices.Sort(latencies)
	m.p50, m.p99 = percentile(latencies, 0.50), percentile(latencies, 0.99)
	m.cpu = store.stop(b).CPU / time.Duration(b.N+connections)
	m.split = splitOf(b, filepath.Join(folder, "cpu.pprof"))
	return m
}

// percentile is the smallest value that at least this part of the sorted values does not exceed (nearest rank).
func percentile(sorted []time.Duration, part float64) time.Duration {
	rank := int(part * float64(len(sorted)))
	if float64(rank) < part*float64(len(sorted)) {
		rank++
	}
	return sorted[max(rank, 1)-1]
}

// benchmarkReader is one process with one connection.
type benchmarkReader struct {
	client    *http.Client
	address   string
	bodies    [][]byte // the first to connect with
	latencies []time.Duration
	err       error
}

func newBenchmarkReader(b *testing.B, tr *trust, c *caller, reads int) *benchmarkReader {
	r := &benchmarkReader{
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: tr.authority.Root.Pool, MinVersion: tls.VersionTLS13,
		}}},
		latencies: make([]time.Duration, 0, reads),
	}
	for i := range reads + 1 {
		r.bodies = append(r.bodies, marshalled(b, c.seal(b, attest.Read, uint64(i+1), `{"customer":"Bruno Souza"}`)))
	}
	return r
}

func (r *benchmarkReader) readAll() {
	for i := range r.bodies[1:] {
		began := time.Now()
		if r.err = r.read(i + 1); r.err != nil {
			return
		}
		r.latencies = append(r.latencies, time.Since(began))
	}
}

func (r *benchmarkReader) read(i int) error {
	response, err := r.client.Post(r.address, "application/json", bytes.NewReader(r.bodies[i]))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	reply, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s: %s", response.Status, reply)
	}
	return nil
}

// lay writes what a service needs into its folder.
func (tr *trust) lay(t testing.TB, folder string, service *attest.Identity) {
	t.Helper()
	if err := service.Save(filepath.Join(folder, "cert.pem"), filepath.Join(folder, "priv.pem")); err != nil {
		t.Fatal(err)
	}
	policy, err := yaml.Marshal(tr.policy)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"root.pem": attest.CertificatePEM(tr.authority.Root.Certificate), "policy.yaml": policy} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// benchmarkedProcess is the running store of a benchmark; it stops when its standard input ends.
type benchmarkedProcess struct {
	command *exec.Cmd
	input   io.Closer
	output  *json.Decoder
	address string
}

func startBenchmarkedStore(b *testing.B, folder string) *benchmarkedProcess {
	b.Helper()
	command := exec.CommandContext(b.Context(), os.Args[0])
	command.Env = append(os.Environ(), benchmarkedStore+"="+folder)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	p := &benchmarkedProcess{command: command, input: input, output: json.NewDecoder(output)}
	var ready endpoint.Ready
	if err := p.output.Decode(&ready); err != nil {
		b.Fatal(err)
	}
	p.address = ready.Address
	return p
}

func (p *benchmarkedProcess) stop(b *testing.B) consumed {
	b.Helper()
	var c consumed
	if err := p.input.Close(); err != nil {
		b.Fatal(err)
	}
	if err := p.output.Decode(&c); err != nil {
		b.Fatal(err)
	}
	if err := p.command.Wait(); err != nil {
		b.Fatal(err)
	}
	return c
}

// serveBenchmarkedStore serves if this process was started for that, and says whether it was.
func serveBenchmarkedStore() bool {
	folder := os.Getenv(benchmarkedStore)
	if folder == "" {
		return false
	}
	if err := serveAndProfile(folder); err != nil {
		fmt.Fprintln(os.Stderr, "store of the benchmark:", err)
		os.Exit(1)
	}
	return true
}

func serveAndProfile(folder string) error {
	s, err := openFolder(folder)
	if err != nil {
		return err
	}
	profile, err := os.Create(filepath.Join(folder, "cpu.pprof"))
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(profile); err != nil {
		return err
	}
	before, err := cpuTime()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is the signal to stop
		cancel()
	}()
	server := s.Server("127.0.0.1:0", "unused")
	server.Ready = os.Stdout
	if err := server.Serve(ctx); err != nil {
		return err
	}
	after, err := cpuTime()
	if err != nil {
		return err
	}
	pprof.StopCPUProfile()
	if err := profile.Close(); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(consumed{CPU: after - before}); err != nil {
		return err
	}
	return s.Close()
}

func openFolder(folder string) (*Service, error) {
	identity, err := attest.LoadIdentity(filepath.Join(folder, "cert.pem"), filepath.Join(folder, "priv.pem"))
	if err != nil {
		return nil, err
	}
	root, err := attest.LoadRoot(filepath.Join(folder, "root.pem"))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "policy.yaml"))
	if err != nil {
		return nil, err
	}
	policy, err := attest.ParsePolicy("policy.yaml", text)
	if err != nil {
		return nil, err
	}
	solution, err := integration_process.LoadSolution("retail")
	if err != nil {
		return nil, err
	}
	return Open(context.Background(), Options{
		Solution: solution, Service: "store", Folder: folder, Identity: identity, Root: root, Policy: policy, Seed: 1,
		Log: slog.New(slog.DiscardHandler),
	})
}

func cpuTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("read the CPU time: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
