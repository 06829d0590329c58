package mockservices

import (
	"context"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"eaibench/attest"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
)

// plainLimit is the longest body of a plain call that is read, in bytes.
const plainLimit = 1 << 20

func (s *Service) handlePlain(mux *http.ServeMux, described *integration_process.Plain, operation attest.Operation) {
	if described != nil {
		mux.HandleFunc(described.Method+" "+described.Path, s.servePlain(operation))
	}
}

// servePlain answers an operation that is asked for over attested TLS and not sealed (docs/formats/services.md). The connection's
// certificate is verified on each call. There is no sequence number: a write is carried out each time it is asked for.
func (s *Service) servePlain(operation attest.Operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		process, err := s.verifyClient(presented(r))
		if err != nil {
			s.fail(w, err, "operation", operation, "plain", true)
			return
		}
		reply, err := s.carryOutPlain(w, r, operation, process)
		if err != nil {
			s.fail(w, err, "operation", operation, "plain", true, "program", process.Program, "run", process.Run)
			return
		}
		endpoint.WriteJSON(w, http.StatusOK, json.RawMessage(reply))
	}
}

// verifyClient refuses, with 401, who presents nothing, and with 403 who presents what does not pass.
func (s *Service) verifyClient(presented []*x509.Certificate) (*attest.VerifiedProcess, error) {
	if len(presented) == 0 {
		return nil, attest.Refuse(attest.CheckCertificate, "a plain call needs an integration process's certificate, presented in TLS")
	}
	process, err := s.relyingParty.VerifyClient(presented[0].Raw)
	if refusal, ok := errors.AsType[*attest.Refusal](err); ok {
		return nil, &endpoint.Fault{Status: http.StatusForbidden, Check: string(refusal.Check), Message: refusal.Reason}
	}
	return process, err
}

func (s *Service) carryOutPlain(w http.ResponseWriter, r *http.Request, operation attest.Operation, process *attest.VerifiedProcess) ([]byte, error) {
	parameters, err := s.plainParameters(w, r, operation)
	if err != nil {
		return nil, err
	}
	v := s.reserved(parameters, process.Program, process.Run, s.plainCalls.Add(1))
	var reply []byte
	if operation == attest.Read {
		err = s.data.read(func(ctx context.Context) (err error) {
			reply, err = s.reading.run(ctx, v)
			return err
		})
	} else {
		reply, err = s.writePlain(r.Context(), v)
	}
	if refusal, ok := errors.AsType[notMet](err); ok {
		return nil, endpoint.NewFault(http.StatusUnprocessableEntity, "%s", string(refusal))
	}
	return reply, err
}

// plainParameters are a read's from the query and a write's from the body. What is wrong is said without what was given.
func (s *Service) plainParameters(w http.ResponseWriter, r *http.Request, operation attest.Operation) (map[string]any, error) {
	var parameters map[string]any
	var err error
	if operation == attest.Read {
		var query url.Values
		if query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			return nil, attest.Refuse(attest.CheckRequest, "the query is malformed")
		}
		parameters, err = s.reading.Parameters.ParseQuery(query)
	} else {
		var body json.RawMessage
		if err := endpoint.ReadJSON(w, r, plainLimit, &body); err != nil {
			if fault, ok := errors.AsType[*endpoint.Fault](err); ok && fault.Status == http.StatusBadRequest {
				return nil, attest.Refuse(attest.CheckRequest, "the body is no JSON value")
			}
			return nil, err
		}
		parameters, err = s.writing.Parameters.Parse(body)
	}
	if err != nil {
		return nil, attest.Refuse(attest.CheckRequest, "%v", err)
	}
	return parameters, nil
}

// writePlain carries out effect and reply in one transaction.
func (s *Service) writePlain(ctx context.Context, v values) (reply []byte, err error) {
	if err := s.askPerson(ctx, v); err != nil {
		return nil, err
	}
	err = s.data.transact(func(ctx context.Context, tx *sql.Tx) (err error) {
		reply, err = s.writing.run(ctx, tx, v)
		return err
	})
	return reply, err
}

// askPerson adds what the simulated person says, if there is one.
func (s *Service) askPerson(ctx context.Context, v values) error {
	if s.person == nil {
		return nil
	}
	said, err := s.person.answer(ctx, v["run"].(string), uint64(v["sequence"].(int64)))
	if err != nil {
		return err
	}
	v[s.person.Parameter] = said
	return nil
}
