package conversation

import (
	"crypto/sha256"
	"testing"

	"eaibench/attest"
)

// What the launcher's side sends (docs/formats/messages.md).
type (
	prepareMessage struct {
		Type            string `json:"type"`
		Version         int    `json:"version"`
		Nonce           []byte `json:"nonce"`
		RootCertificate []byte `json:"root_certificate"`
		Parameters      string `json:"parameters"`
	}
	serviceKey struct {
		Service     string `json:"service"`
		Certificate []byte `json:"certificate"`
		Address     string `json:"address,omitempty"`
	}
	exchangeMessage struct {
		Type     string       `json:"type"`
		Services []serviceKey `json:"services"`
	}
	runMessage struct {
		Type        string `json:"type"`
		Certificate []byte `json:"certificate"`
	}
	replyMessage struct {
		Type       string        `json:"type"`
		Sequence   uint64        `json:"sequence"`
		Crypto     attest.Crypto `json:"crypto,omitempty"`
		Enc        []byte        `json:"enc"`
		Ciphertext []byte        `json:"ciphertext"`
		Signature  []byte        `json:"signature"`
		Error      string        `json:"error,omitempty"`
		Check      string        `json:"check,omitempty"`
	}
)

// What the process sends.
type (
	preparedMessage struct {
		CSR     []byte          `json:"csr"`
		Timings []attest.Timing `json:"timings"`
	}
	operationMessage struct {
		Operation                attest.Operation `json:"operation"`
		Service                  string           `json:"service"`
		Request                  int              `json:"request"`
		Sequence                 uint64           `json:"sequence"`
		Crypto                   attest.Crypto    `json:"crypto"`
		ServiceCertificateSHA256 attest.Digest    `json:"service_certificate_sha256"`
		Nonce                    []byte           `json:"nonce"`
		Enc                      []byte           `json:"enc"`
		Ciphertext               []byte           `json:"ciphertext"`
		Signature                []byte           `json:"signature"`
	}
	finishedMessage struct {
		Requests int             `json:"requests"`
		Timings  []attest.Timing `json:"timings"`

		ServiceTimings []attest.Timing `json:"service_timings"`
		Repeated       *repeated       `json:"repeated"`
	}
	// repeated is what a process on the path direct says of requests that it sent again.
	repeated struct {
		Operations int           `json:"operations"`
		Times      int           `json:"times"`
		First      repeatedFirst `json:"first"`
	}
	repeatedFirst struct {
		Request   int              `json:"request"`
		Service   string           `json:"service"`
		Operation attest.Operation `json:"operation"`
		Times     int              `json:"times"`
		Reason    string           `json:"reason"`
	}
)

// play is one conversation. A test that cheats replaces a step; nil is honest.
type play struct {
	*peers
	process     *process
	prepare     func(*prepareMessage) any
	exchange    func(*exchangeMessage) any
	certificate func(csr []byte) []byte
	addresses   map[string]string // of services, on the path direct
	reply       func(*operationMessage, *replyMessage) any

	csr             []byte
	own             []byte // the process's certificate
	sealingKey      []byte
	start, finished []attest.Timing
	byServices      []attest.Timing
	operations      []*operationMessage
	request         *attest.SealedRequest // the last one
	pieces          int                   // messages with timings before the last
	repeated        *repeated             // nil: nothing was sent again
}

func newPlay(t testing.TB, b *build) *play {
	t.Helper()
	return &play{peers: newPeers(t), process: start(t, b)}
}

func answer[T any](change func(*T) any, message *T) any {
	if change == nil {
		return message
	}
	return change(message)
}

// handshake goes up to prepare's answer, keys and certificate; it ends the test when the process does not play along.
func (p *play) handshake() {
	p.t.Helper()
	p.sayPrepare()
	p.takePrepared()
	p.sayExchangeKeys()
	p.takeKeysExchanged()
	p.sayRun()
	p.process.expect("running", new(message))
}

func (p *play) sayPrepare() {
	p.t.Helper()
	var ready struct {
		Version    int    `json:"version"`
		OpenSSL    string `json:"openssl"`
		OpenSSLCPU string `json:"openssl_cpu"`
	}
	p.process.expect("ready", &ready)
	if ready.Version != 1 || ready.OpenSSL == "" || ready.OpenSSLCPU == "" {
		p.t.Errorf("ready says %+v", ready)
	}
	p.process.send(answer(p.prepare, p.honestPrepare()))
}

func (p *play) honestPrepare() *prepareMessage {
	p.t.Helper()
	return &prepareMessage{
		Type: "prepare", Version: 1, Nonce: p.nonce[:], RootCertificate: p.authority.Root.Certificate.Raw, Parameters: p.parametersText(),
	}
}

func (p *play) takePrepared() {
	p.t.Helper()
	var prepared preparedMessage
	p.process.expect("prepared", &prepared)
	p.csr = prepared.CSR
	p.start = append(p.start, prepared.Timings...)
	csr := ok1(attest.ParseCSR(p.csr))(p.t)
	p.sealingKey = csr.Sealing.Bytes()
	want := attest.Binding{
		Nonce: p.nonce, RootSHA256: p.authority.Root.SHA256, ParametersSHA256: sha256.Sum256([]byte(p.parametersText())),
	}
	if csr.Program != p.parameters.Program || csr.Binding != want {
		p.t.Errorf("the CSR is for %s with binding %x", csr.Program, csr.Binding)
	}
}

func (p *play) sayExchangeKeys() {
	p.t.Helper()
	message := &exchangeMessage{Type: "exchangeKeys"}
	for _, id := range []string{"store", "taxi", "whatsapp"} {
		message.Services = append(message.Services, serviceKey{id, p.services[id].Certificate.Raw, p.addresses[id]})
	}
	p.process.send(answer(p.exchange, message))
}

func (p *play) takeKeysExchanged() {
	p.t.Helper()
	var exchanged preparedMessage
	p.process.expect("keysExchanged", &exchanged)
	p.start = append(p.start, exchanged.Timings...)
}

func (p *play) sayRun() {
	p.t.Helper()
	if p.certificate != nil {
		p.own = p.certificate(p.csr)
	} else {
		p.own = p.certify(p.csr, p.parametersText())
	}
	p.process.send(runMessage{Type: "run", Certificate: p.own})
}

// relay carries an operation to the service that it names.
func (p *play) relay(m *message) {
	p.t.Helper()
	o := &operationMessage{}
	m.into(p.t, o)
	p.operations = append(p.operations, o)
	r := &attest.SealedRequest{
		Version: 1, Crypto: o.Crypto, Solution: "retail", Service: o.Service, Program: p.parameters.Program, Run: p.parameters.Run,
		Sequence: o.Sequence, ProcessCertificate: p.own, ServiceCertificateSHA256: o.ServiceCertificateSHA256,
		ProgramPublicKey: p.sealingKey, Nonce: o.Nonce, Enc: o.Enc, Ciphertext: o.Ciphertext, Signature: o.Signature,
	}
	p.request = r
	sealed := p.serve(o.Operation, r)
	reply := replyOf(o, sealed)
	if p.reply == nil {
		p.process.send(reply)
	} else {
		p.process.send(p.reply(o, reply))
	}
}

func replyOf(o *operationMessage, sealed *attest.SealedReply) *replyMessage {
	return &replyMessage{
		Type: "reply", Sequence: o.Sequence, Crypto: sealed.Crypto, Enc: sealed.Enc, Ciphertext: sealed.Ciphertext, Signature: sealed.Signature,
	}
}

// run relays operations until the process finishes or fails, and returns that message.
func (p *play) run() *message {
	p.t.Helper()
	for {
		m, err := p.process.receive()
		if err != nil {
			p.t.Fatalf("%v; log: %s", err, p.process.ended())
		}
		switch m.Type {
		case "operation":
			p.relay(m)
		case "timings":
			p.pieces++
			p.takeTimings(m)
		case "finished":
			p.takeTimings(m)
			return m
		default:
			return m
		}
	}
}

func (p *play) takeTimings(m *message) {
	p.t.Helper()
	var f finishedMessage
	m.into(p.t, &f)
	p.finished = append(p.finished, f.Timings...)
	p.byServices = append(p.byServices, f.ServiceTimings...)
	p.repeated = f.Repeated
}

// finish plays an honest run to its end.
func (p *play) finish() {
	p.t.Helper()
	p.handshake()
	m := p.run()
	if m.Type != "finished" {
		p.t.Fatalf("%s instead of finished", m.text)
	}
	p.process.send(message{Type: "release"})
	p.process.exits(0)
}

// fails plays on from wherever the process stands and returns its failure; the process then ends with status 1.
func (p *play) fails() failure {
	p.t.Helper()
	var f failure
	m := p.run()
	if m.Type != "failed" {
		p.t.Fatalf("%s instead of failed", m.text)
	}
	m.into(p.t, &f)
	p.process.exits(1)
	return f
}
