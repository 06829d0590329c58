package bench

import "slices"

// Step is one row of the table of what is timed.
type Step struct {
	Operation Operation
	// Component times the step, by its monotonic clock.
	Component Component
	// Metric is the name, as in the use case's sequence diagrams.
	Metric string
	// First and Last are the events between which the time is taken.
	First, Last string
	// Paths and Platforms on which the step exists; empty: all. Elsewhere it is
	// absent, never 0.
	Paths, Platforms []string
	// Within names the metric that contains this one's time, "" if none does.
	// Times nested in each other must not be added up.
	Within string
	// OncePerMode steps are timed at the first run of a mode alone, whichever of its cells that is of; once more in each
	// session of a campaign that was resumed.
	OncePerMode bool
	// OncePerRequest steps are timed once with each request, whichever services it
	// addresses.
	OncePerRequest bool
}

// Paths to a service.
const (
	// Relayed: the launcher carries sealed requests to the services.
	Relayed = "relayed"
	// Direct: the process is a client of the services itself.
	Direct = "direct"
)

var (
	relayed = []string{Relayed}
	direct  = []string{Direct}
)

// steps is the only place that says what is timed, by whom and between which
// events. docs/formats/samples.md shows it.
var steps = []Step{
	{Operation: Start, Component: Launcher, Metric: "retrieveProgram", Within: "start_total", First: "the launcher takes up the request to execute", Last: "the executable is read from the program store"},
	{Operation: Start, Component: Launcher, Metric: "compile", OncePerMode: true, First: "the compiler is started in its sandbox", Last: "the executable is stored"},
	{Operation: Start, Component: Launcher, Metric: "deploy", Within: "start_total", First: "the run's folder is made on the host", Last: "the executable is copied there and the copy's hash compared"},
	{Operation: Start, Component: Launcher, Metric: "createCompartment", Within: "start_total", First: "the run's control group is made", Last: "the process, started in its compartment, has said `ready`"},
	{Operation: Start, Component: IntegrationProcess, Metric: "generateKeyPair", Within: "start_total", First: "`prepare` is read", Last: "signing and sealing key exist"},
	{Operation: Start, Component: IntegrationProcess, Metric: "getPublicKey", Within: "start_total", First: "the keys exist", Last: "the CSR that carries the public keys is signed"},
	{Operation: Start, Component: Attester, Metric: "generateAttestableDoc", Within: "start_total", First: "the attester takes up the launcher's request", Last: "the evidence is signed"},
	{Operation: Start, Component: Launcher, Metric: "getIntegratedServices", Within: "start_total", First: "the solution's services are looked up", Last: "the certificate of each is there"},
	{Operation: Start, Component: Launcher, Metric: "exchangeKeys", Within: "start_total", First: "`exchangeKeys` is sent", Last: "`keysExchanged` has arrived"},
	{Operation: Start, Component: IntegrationProcess, Metric: "putServicePublicKey", Within: "exchangeKeys", First: "`exchangeKeys` is read", Last: "each service's certificate is verified against the root and kept"},
	{Operation: Start, Component: Launcher, Metric: "generateCertificate", Within: "start_total", First: "CSR, evidence and parameters are sent to the CA", Last: "the certificate has arrived"},
	{Operation: Start, Component: RootCA, Metric: "sign", Within: "generateCertificate", First: "the CA takes up the request", Last: "evidence and CSR are appraised and the certificate is signed"},
	{Operation: Start, Component: Launcher, Metric: "run", Within: "start_total", First: "`run` is sent", Last: "`running` has arrived"},
	{Operation: Start, Component: Launcher, Metric: "start_total", First: "the launcher takes up the request to execute", Last: "`running` has arrived"},

	{Operation: Read, Component: IntegrationProcess, Metric: "encrypt", Within: "read_act_total", First: "the read's parameters are there", Last: "they are sealed and signed"},
	{Operation: Read, Component: Launcher, Metric: "lookupService", Within: "read_act_total", Paths: relayed, First: "`operation` has arrived", Last: "the service's address is known"},
	{Operation: Read, Component: Launcher, Metric: "getCertificate", Within: "read_act_total", Paths: relayed, First: "the address is known", Last: "the process's certificate is read from the program store"},
	{Operation: Read, Component: Launcher, Metric: "getProgramPublicKey", Within: "read_act_total", Paths: relayed, First: "the certificate is read", Last: "the process's public key is read from the program store"},
	{Operation: Read, Component: Launcher, Metric: "request", Within: "read_act_total", Paths: relayed, First: "the request is sent to the service", Last: "the reply has arrived"},
	{Operation: Read, Component: IntegrationProcess, Metric: "request", Within: "read_act_total", Paths: direct, First: "the request is sent to the service; a connection it had to open before is not counted", Last: "the reply has arrived"},
	{Operation: Read, Component: DigitalService, Metric: "verifyCertificate", Within: "request", First: "the request is read", Last: "chain, evidence, policy and signature are verified"},
	{Operation: Read, Component: DigitalService, Metric: "decrypt", Within: "request", First: "the request is verified", Last: "its parameters are opened"},
	{Operation: Read, Component: DigitalService, Metric: "retrieveLocalData", Within: "request", First: "the parameters are open", Last: "the rows are read"},
	{Operation: Read, Component: DigitalService, Metric: "encrypt", Within: "request", First: "the rows are read", Last: "the reply is sealed and signed"},
	{Operation: Read, Component: IntegrationProcess, Metric: "decrypt", Within: "read_act_total", First: "the reply has arrived", Last: "it is verified and opened"},
	{Operation: Read, Component: IntegrationProcess, Metric: "read_act_total", Within: "request_total", First: "the read begins", Last: "the data are in the clear inside the process"},

	{Operation: Write, Component: IntegrationProcess, Metric: "getServicePublicKey", Within: "write_act_total", First: "the write begins", Last: "the service's verified key is found"},
	{Operation: Write, Component: IntegrationProcess, Metric: "encrypt", Within: "write_act_total", First: "the key is found", Last: "the data are sealed and signed"},
	{Operation: Write, Component: Launcher, Metric: "lookupService", Within: "write_act_total", Paths: relayed, First: "`operation` has arrived", Last: "the service's address is known"},
	{Operation: Write, Component: Launcher, Metric: "getCertificate", Within: "write_act_total", Paths: relayed, First: "the address is known", Last: "the process's certificate is read from the program store"},
	{Operation: Write, Component: Launcher, Metric: "post", Within: "write_act_total", Paths: relayed, First: "the data are sent to the service", Last: "the reply has arrived"},
	{Operation: Write, Component: IntegrationProcess, Metric: "post", Within: "write_act_total", Paths: direct, First: "the data are sent to the service; a connection it had to open before is not counted", Last: "the reply has arrived"},
	{Operation: Write, Component: DigitalService, Metric: "verifyCertificate", Within: "post", First: "the request is read", Last: "chain, evidence, policy and signature are verified"},
	{Operation: Write, Component: DigitalService, Metric: "decrypt", Within: "post", First: "the request is verified", Last: "its data are opened"},
	{Operation: Write, Component: DigitalService, Metric: "storeLocalData", Within: "post", First: "the transaction begins", Last: "data, reply and sequence number are stored; sealing the reply, inside, is not counted"},
	{Operation: Write, Component: DigitalService, Metric: "encrypt", Within: "post", First: "the data are stored and the answer is known", Last: "the answer is sealed and signed"},
	{Operation: Write, Component: IntegrationProcess, Metric: "decrypt", Within: "write_act_total", First: "the reply has arrived", Last: "it is verified and opened"},
	{Operation: Write, Component: IntegrationProcess, Metric: "write_act_total", Within: "request_total", First: "the write begins", Last: "the answer is in the clear inside the process"},

	{Operation: Execute, Component: IntegrationProcess, Metric: "request_total", Within: "execute_total", OncePerRequest: true, First: "the request's first operation begins", Last: "its last operation has ended"},
	{Operation: Execute, Component: IntegrationProcess, Metric: "execute_total", First: "`run` is read", Last: "the last operation has ended"},
}

// Steps gives the table of what is timed, in the order of the run. The caller
// may change its copy.
func Steps() []Step { return slices.Clone(steps) }

// ExecuteTotal is the series of the whole of a run's operations, which modes are
// compared by unless something else is asked for.
func ExecuteTotal() Series {
	return Series{Component: IntegrationProcess, Operation: Execute, Metric: "execute_total"}
}

// StartTotal is the series of a run's attested start.
func StartTotal() Series {
	return Series{Component: Launcher, Operation: Start, Metric: "start_total"}
}

// exists tells whether the step is there on the path and platform.
func (s Step) exists(path, platform string) bool {
	return (len(s.Paths) == 0 || slices.Contains(s.Paths, path)) &&
		(len(s.Platforms) == 0 || slices.Contains(s.Platforms, platform))
}

// ofOperation tells whether the step is repeated with each read or write.
func (s Step) ofOperation() bool { return s.Operation == Read || s.Operation == Write }

// perRequest tells whether the step is repeated with each request.
func (s Step) perRequest() bool { return s.ofOperation() || s.OncePerRequest }

// StepOf finds the table's row for a series.
func StepOf(s Series) (Step, bool) {
	for _, step := range steps {
		if step.Operation == s.Operation && step.Component == s.Component && step.Metric == s.Metric {
			return step, true
		}
	}
	return Step{}, false
}
