package launcher

import (
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/internal/endpoint"
)

// service is a digital service that this launcher can reach.
type service struct {
	id     string
	client *endpoint.Client
}

// registry finds services by their ID.
type registry map[string]*service

// newRegistry makes a client, which keeps its connections, for each service. Each must show the
// certificate of its ID.
func newRegistry(addresses map[string]string, roots *x509.CertPool) (registry, error) {
	r := make(registry, len(addresses))
	for id, address := range addresses {
		if !attest.ValidName(id) {
			return nil, fmt.Errorf("service %q is not a name: 1 to 63 lower-case letters, digits or -", shortened(id))
		}
		r[id] = &service{id: id, client: endpoint.NewClient(address, endpoint.ClientOptions{Roots: roots, Identity: "eai:service/" + id, ReplyLimit: longestFrame})}
	}
	return r, nil
}

func (r registry) lookup(id string) (*service, error) {
	if s, ok := r[id]; ok {
		return s, nil
	}
	return nil, failedRun(Unreachable, "service %q is not registered: known are %s; start the launcher with --service %s=URL",
		shortened(id), strings.Join(r.ids(), ", "), shortened(id))
}

func (r registry) ids() []string { return slices.Sorted(maps.Keys(r)) }

func (r registry) close() {
	for _, s := range r {
		s.client.Close()
	}
}

// certificate asks the service for its certificate, DER. Whether it is the service's is the
// process's to verify.
func (s *service) certificate(ctx context.Context) ([]byte, error) {
	var reply struct {
		Certificate string `json:"certificate"` // PEM
	}
	if _, _, err := s.ask(ctx, http.MethodGet, "/api/public-key", nil, &reply); err != nil {
		return nil, err
	}
	certificate, err := attest.ParseCertificatePEM([]byte(reply.Certificate))
	if err != nil {
		return nil, failedRun(Refused, "service %s at %s answered without a certificate: %v", s.id, s.client.Address(), err)
	}
	return certificate.Raw, nil
}

// relayPaths are where an operation is sent and the step that this is.
var relayPaths = map[attest.Operation]struct{ path, metric string }{
	attest.Read:  {"/api/request", "request"},
	attest.Write: {"/api/post", "post"},
}

// relay carries one operation of the process to its service and the reply back, and times the
// steps. It sees neither in the clear.
func (r *run) relay(ctx context.Context, o *operationMessage) (*replyMessage, error) {
	route, ok := relayPaths[o.Operation]
	if !ok {
		return nil, failedRun(NotAMessage, "an operation %q does not exist", shortened(string(o.Operation)))
	}
	if o.Request < 0 || int64(o.Request) >= r.parameters.Requests {
		return nil, failedRun(NotAMessage, "an operation is of request %d, the run has %d", o.Request, r.parameters.Requests)
	}
	begin := time.Now()
	to, err := r.launcher.services.lookup(o.Service)
	if err != nil {
		return nil, err
	}
	found := time.Now()
	certificate, err := r.launcher.store.certificate(r.program.Name, r.name)
	if err != nil {
		return nil, err
	}
	read := time.Now()
	r.samples.step(o, "lookupService", found.Sub(begin))
	r.samples.step(o, "getCertificate", read.Sub(found))
	request := &attest.SealedRequest{
		Version: attest.FormatVersion, Crypto: o.Crypto,
		Solution: r.parameters.Solution, Service: o.Service, Program: r.program.Name, Run: r.name, Sequence: o.Sequence,
		ProcessCertificate: certificate, ServiceCertificateSHA256: o.ServiceCertificateSHA256,
		Nonce: o.Nonce, Enc: o.Enc, Ciphertext: o.Ciphertext, Signature: o.Signature,
	}
	if o.Operation == attest.Read {
		if request.ProgramPublicKey, err = r.launcher.store.sealingKey(r.program.Name, r.name); err != nil {
			return nil, err
		}
		keyed := time.Now()
		r.samples.step(o, "getProgramPublicKey", keyed.Sub(read))
		read = keyed
	}
	reply, repeats, first, err := to.send(ctx, route.path, request)
	if repeats > 0 {
		r.repeated = append(r.repeated, Repeated{Request: o.Request, Operation: o.Operation, Service: o.Service, Times: repeats, Reason: first.Error()})
	}
	if err != nil {
		return nil, err
	}
	r.samples.step(o, route.metric, time.Since(read))
	for i := range reply.Timings {
		reply.Timings[i].Request, reply.Timings[i].Service = &o.Request, o.Service
	}
	if err := r.samples.reported(bench.DigitalService, reply.Timings, r.parameters.Requests); err != nil {
		return nil, failedRun(Refused, "service %s at %s: %v", o.Service, to.client.Address(), err)
	}
	return &replyMessage{
		Type: "reply", Sequence: o.Sequence, Crypto: reply.Crypto,
		Enc: reply.Enc, Ciphertext: reply.Ciphertext, Signature: reply.Signature,
	}, nil
}
