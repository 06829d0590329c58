package mockservices

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// bodyLimit is the longest body that is read, in bytes.
const bodyLimit = 32 << 20

// PublicKey is the answer of GET /api/public-key.
type PublicKey struct {
	Service     string `json:"service"`
	Certificate string `json:"certificate"` // PEM
}

// Health is the answer of GET /api/health.
type Health struct {
	Service  string `json:"service"`
	Solution string `json:"solution"`
	Status   string `json:"status"` // "ok"
}

// ResetDone is the answer of POST /api/reset.
type ResetDone struct {
	Service string `json:"service"`
}

// Server is how the service is served on an address, host:port. It asks for a client certificate, which Handler looks at on each
// request, and requires none.
func (s *Service) Server(address, token string) *endpoint.Server {
	return &endpoint.Server{
		Name: "service/" + s.description.Name, Address: address, Certificate: s.identity.TLS(), ClientAuth: tls.RequestClientCert,
		Handler: s.Handler(token), Log: s.log,
	}
}

// Handler answers the requests of docs/formats/services.md. The token admits to a reset; data is given to, and taken from, a
// verified process alone.
func (s *Service) Handler(token string) http.Handler {
	mux := http.NewServeMux()
	if s.reading != nil {
		mux.HandleFunc("POST /api/request", s.serve(attest.Read))
		s.handlePlain(mux, s.reading.Plain, attest.Read)
	}
	if s.writing != nil {
		mux.HandleFunc("POST /api/post", s.serve(attest.Write))
		s.handlePlain(mux, s.writing.Plain, attest.Write)
	}
	mux.HandleFunc("GET /api/public-key", s.servePublicKey)
	mux.HandleFunc("GET /api/health", s.serveHealth)
	mux.Handle("POST /api/reset", endpoint.RequireToken(token, http.HandlerFunc(s.serveReset)))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		endpoint.WriteFault(w, endpoint.NewFault(http.StatusNotFound, "service %s has no %s %s", s.description.Name, r.Method, r.URL.Path))
	})
	return mux
}

func (s *Service) serve(operation attest.Operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var request attest.SealedRequest
		if err := endpoint.ReadJSON(w, r, bodyLimit, &request); err != nil {
			endpoint.WriteFault(w, err)
			return
		}
		if err := s.answerTo(w, r, operation, &request); err != nil {
			s.fail(w, err, "operation", operation, "program", request.Program, "run", request.Run, "sequence", request.Sequence)
		}
	}
}

func (s *Service) answerTo(w http.ResponseWriter, r *http.Request, operation attest.Operation, request *attest.SealedRequest) error {
	if err := request.CheckClient(presented(r)); err != nil {
		return err
	}
	a, timings, err := s.carryOut(r.Context(), operation, request)
	if err != nil {
		return err
	}
	return a.send(w, timings)
}

// presented is what the client showed in the TLS handshake: the first certificate's key it has proved to hold.
func presented(r *http.Request) []*x509.Certificate {
	if r.TLS == nil {
		return nil
	}
	return r.TLS.PeerCertificates
}

// send writes a sealed reply with the timings of this request, or the solution's refusal.
func (a *answer) send(w http.ResponseWriter, timings []attest.Timing) error {
	if a.status != http.StatusOK {
		return endpoint.NewFault(a.status, "%s", a.body)
	}
	reply := a.reply
	if reply == nil {
		if err := json.Unmarshal(a.body, &reply); err != nil {
			return fmt.Errorf("read the stored reply: %w", err)
		}
	}
	reply.Timings = timings
	endpoint.WriteJSON(w, http.StatusOK, reply)
	return nil
}

// fail answers with the check that failed, if one did, and logs it with what is known about the request. Of a sealed one, program
// and run are what it claims.
func (s *Service) fail(w http.ResponseWriter, err error, about ...any) {
	log := s.log.With("service", s.description.Name).With(about...)
	if refusal, ok := errors.AsType[*attest.Refusal](err); ok {
		log.Info("request refused", "check", refusal.Check, "reason", refusal.Reason)
		err = &endpoint.Fault{Status: refusal.Status(), Message: refusal.Reason, Check: string(refusal.Check)}
	} else if fault, ok := errors.AsType[*endpoint.Fault](err); ok {
		log.Info("request refused", "check", fault.Check, "reason", fault.Message)
	}
	endpoint.WriteFault(w, err)
}

func (s *Service) servePublicKey(w http.ResponseWriter, _ *http.Request) {
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.identity.Certificate.Raw})
	endpoint.WriteJSON(w, http.StatusOK, PublicKey{Service: s.description.Name, Certificate: string(certificate)})
}

func (s *Service) serveHealth(w http.ResponseWriter, r *http.Request) {
	if err := s.data.readers.PingContext(r.Context()); err != nil {
		endpoint.WriteFault(w, fmt.Errorf("database: %w", err))
		return
	}
	endpoint.WriteJSON(w, http.StatusOK, Health{Service: s.description.Name, Solution: s.relyingParty.Solution, Status: "ok"})
}

func (s *Service) serveReset(w http.ResponseWriter, r *http.Request) {
	if err := s.Reset(); err != nil {
		endpoint.WriteFault(w, err)
		return
	}
	endpoint.WriteJSON(w, http.StatusOK, ResetDone{Service: s.description.Name})
}
