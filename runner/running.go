package runner

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/hosts"
	"eaibench/internal/endpoint"
	"eaibench/mockservices"
)

// Running is a digital service that already runs, started by an operator of its own.
type Running struct {
	ID string
	// URL is where launcher and process reach it, from the target.
	URL string
	// CertificateSHA256 is of the DER of its certificate, in hexadecimal.
	CertificateSHA256 string

	token string // admits to a reset of its data; "": nobody has it
}

// Resets tells whether its data can be reset.
func (r Running) Resets() bool { return r.token != "" }

// address is HOST:PORT.
func (r Running) address() string { return strings.TrimPrefix(r.URL, "https://") }

// RunningFault is why a service that should already run cannot be used.
type RunningFault struct {
	Service, URL string
	// Check of docs/formats/certificates.md that its certificate fails; "" where it is something else.
	Check attest.Check
	// NoAnswer: it is not there, rather than another one than was asked for.
	NoAnswer bool
	// Err is what is the matter, Advice what to do.
	Err    error
	Advice string
}

// Unanswered tells whether an error of FindRunning says no more than that services do not answer.
func Unanswered(err error) bool {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(several.Unwrap(), func(one error) bool { return !Unanswered(one) })
	}
	fault, ok := errors.AsType[*RunningFault](err)
	return ok && fault.NoAnswer
}

// Error says which service, what is the matter, and what to do.
func (f *RunningFault) Error() string {
	check := ""
	if f.Check != "" {
		check = "check " + string(f.Check) + ": "
	}
	return fmt.Sprintf("service %s at %s: %s%v; %s", f.Service, f.URL, check, f.Err, f.Advice)
}

// Unwrap gives what is the matter.
func (f *RunningFault) Unwrap() error { return f.Err }

// Finding says how services that already run are found.
type Finding struct {
	// Target is the host from which they are reached.
	Target Place
	// Operator is the folder with the root CA that has certified them, and the tokens that there are.
	Operator string
	Solution string
	// Services are their URLs, by ID.
	Services map[string]string
}

// FindRunning asks every service, from the target, whether it is there, what it is and whether it is well, and resets the data of
// those whose token there is. Nothing is started. The error is every RunningFault, or why the operator's folder (ErrOperator) or the
// target cannot be used.
func FindRunning(ctx context.Context, f Finding) (found []Running, err error) {
	root, err := attest.LoadRoot(filepath.Join(f.Operator, "ca", authority.RootFile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w; `eaibench ca operator` makes one", ErrOperator, err)
	}
	if f.Target.Name == "" {
		f.Target = Here()
	}
	way := &stage{Place: f.Target, forwards: map[string]hosts.Forwarding{}}
	defer way.closeForwards()
	var faults []error
	for _, id := range slices.Sorted(maps.Keys(f.Services)) {
		one, err := f.find(ctx, way, root, id)
		if fault := new(RunningFault); err != nil && !errors.As(err, &fault) {
			return nil, err
		}
		faults = append(faults, err)
		found = append(found, one)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	for _, one := range found { // as before each run: a token that is not the service's is known now
		if err := f.reset(ctx, way, root, one); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (f Finding) reset(ctx context.Context, way *stage, root *attest.Root, one Running) error {
	through, err := way.through(ctx, one)
	if err != nil {
		return err
	}
	client := one.client(root.Pool, through)
	defer client.Close()
	err = one.reset(ctx, client)
	if refused := new(endpoint.Fault); errors.As(err, &refused) {
		return &RunningFault{Service: one.ID, URL: one.URL, Err: refused, Advice: fmt.Sprintf(
			"%s is to be as in the service's data folder; without it the service's data are not reset", f.tokenFile(one.ID))}
	}
	return err
}

func (f Finding) tokenFile(id string) string {
	return filepath.Join(f.Operator, "services", id, authority.TokenFile)
}

func (f Finding) find(ctx context.Context, way *stage, root *attest.Root, id string) (Running, error) {
	one := Running{ID: id, URL: f.Services[id]}
	fault := func(err error, advice string, args ...any) error {
		said := &RunningFault{Service: id, URL: one.URL, Err: reason(err), Advice: fmt.Sprintf(advice, args...)}
		_, said.NoAnswer = errors.AsType[*endpoint.Unreachable](err)
		if refusal, ok := errors.AsType[*attest.Refusal](err); ok {
			said.Check, said.Err = refusal.Check, errors.New(refusal.Reason)
		}
		return said
	}
	through, err := way.through(ctx, one)
	if err != nil {
		return one, err
	}
	certificate, err := endpoint.Presented(ctx, one.URL, through)
	if ctx.Err() != nil {
		return one, context.Cause(ctx)
	}
	if err != nil {
		return one, fault(err, "its operator starts it with `eaibench service %s`; it has to be reached from the target, %s", id, f.Target.Name)
	}
	one.CertificateSHA256 = fmt.Sprintf("%x", sha256.Sum256(certificate.Raw))
	if err := f.checkCertificate(root, certificate, id, one.URL); err != nil {
		return one, fault(err.err, "%s", err.advice)
	}
	if one.token, err = endpoint.LoadToken(f.tokenFile(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return one, fault(err, "without the file the service's data are not reset")
	}
	client := one.client(root.Pool, through)
	defer client.Close()
	var said mockservices.Health
	if err := client.Do(ctx, "GET", "/api/health", nil, &said); err != nil {
		return one, fault(err, "its operator sees why in its log")
	}
	if said.Service != id || said.Solution != f.Solution {
		return one, fault(fmt.Errorf("it serves %s of solution %s, not %s of %s", said.Service, said.Solution, id, f.Solution),
			"its operator starts it with --solution %s, or the scenario names another address", f.Solution)
	}
	return one, nil
}

// wrongCertificate is what is wrong with a certificate, and what to do.
type wrongCertificate struct {
	err    error
	advice string
}

// checkCertificate makes the checks of a service's certificate that processes and launcher make too.
func (f Finding) checkCertificate(root *attest.Root, certificate *x509.Certificate, id, address string) *wrongCertificate {
	anew := fmt.Sprintf("`eaibench ca issue service %s --data %s --out DIR --host %s` makes one for its data folder", id,
		filepath.Join(f.Operator, "ca"), hostOf(address))
	_, err := root.VerifyServiceCertificate(certificate.Raw, id, time.Now())
	refusal, refused := errors.AsType[*attest.Refusal](err)
	switch {
	case refused && refusal.Check == attest.CheckChain:
		return &wrongCertificate{err, fmt.Sprintf("it is not certified by the root CA in %s: --operator names the folder of who certified it, or %s", f.Operator, anew)}
	case refused && refusal.Check == attest.CheckRole:
		return &wrongCertificate{err, "the scenario names the address of another service, or " + anew}
	case err != nil:
		return &wrongCertificate{err, anew}
	}
	if err := certificate.VerifyHostname(hostOf(address)); err != nil {
		return &wrongCertificate{err, anew}
	}
	return nil
}

// hostOf is the host of https://HOST:PORT.
func hostOf(address string) string {
	host := strings.TrimPrefix(address, "https://")
	host = host[:strings.LastIndexByte(host, ':')]
	return strings.Trim(host, "[]")
}

// reason leaves out the address, which is said anyway.
func reason(err error) error {
	if unreachable, ok := errors.AsType[*endpoint.Unreachable](err); ok {
		return fmt.Errorf("no answer: %w", unreachable.Err)
	}
	if untrusted, ok := errors.AsType[*endpoint.Untrusted](err); ok {
		return fmt.Errorf("not trusted: %w", untrusted.Err)
	}
	return err
}

// client asks the service as who has its token, if there is one.
func (r Running) client(roots *x509.CertPool, through string) *endpoint.Client {
	return endpoint.NewClient(r.URL, endpoint.ClientOptions{
		Roots: roots, Identity: "eai:service/" + r.ID, Token: r.token, Timeout: adminLimit, Through: through, CertificateSHA256: r.CertificateSHA256,
	})
}

// reset takes its data back, where there is its token, and otherwise asks whether it is well.
func (r Running) reset(ctx context.Context, client *endpoint.Client) error {
	if !r.Resets() {
		return r.ask(ctx, client)
	}
	return r.lost(ctx, client.Do(ctx, "POST", "/api/reset", nil, nil))
}

// ask asks whether it is well. The error is a runningLost where it is not there, or is another one.
func (r Running) ask(ctx context.Context, client *endpoint.Client) error {
	return r.lost(ctx, client.Do(ctx, "GET", "/api/health", nil, nil))
}

func (r Running) lost(ctx context.Context, err error) error {
	var (
		unreachable *endpoint.Unreachable
		untrusted   *endpoint.Untrusted
	)
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil && (errors.As(err, &unreachable) || errors.As(err, &untrusted)):
		return &runningLost{r, err}
	}
	return fmt.Errorf("service %s at %s: %w", r.ID, r.URL, err)
}

// runningLost says that a service is no longer there that already ran, or is another one.
type runningLost struct {
	service Running
	err     error
}

// Error says which service, what is the matter, and what to do.
func (l *runningLost) Error() string {
	if unreachable, ok := errors.AsType[*endpoint.Unreachable](l.err); ok {
		return fmt.Sprintf("service %s at %s does not answer: %v; have its operator start it again", l.service.ID, l.service.URL, unreachable.Err)
	}
	return fmt.Sprintf("service %s at %s is not the one that answered before: %v; have its operator start that one again", l.service.ID, l.service.URL, reason(l.err))
}

func (l *runningLost) Unwrap() error { return l.err }

// withRunning is a Site with services that already run.
type withRunning interface {
	// AskRunning asks each whether it is well.
	AskRunning(ctx context.Context) error
}

// AskRunning asks every service that already ran whether it is well.
func (d *Deployment) AskRunning(ctx context.Context) error {
	for _, service := range d.services {
		if service.running == nil {
			continue
		}
		if err := service.running.ask(ctx, service.admin); err != nil {
			return err
		}
	}
	return nil
}

// running finds a service that already runs; nil where it does not.
func (d *Deployment) running(id string) *Running {
	if at := slices.IndexFunc(d.options.Running, func(r Running) bool { return r.ID == id }); at >= 0 {
		return &d.options.Running[at]
	}
	return nil
}

// join takes in a service that already runs.
func (d *Deployment) join(ctx context.Context, running Running) error {
	through, err := d.target.through(ctx, running)
	if err != nil {
		return err
	}
	one := &service{id: running.ID, running: &running, admin: running.client(d.root.Pool, through)}
	d.services = append(d.services, one)
	return running.ask(ctx, one.admin)
}

// through is the way to a service from here, which is that of the stage's host; "" where that is this one.
func (s *stage) through(ctx context.Context, running Running) (string, error) {
	if s.here() {
		return "", nil
	}
	return s.forward(ctx, "from here to ", running.address(), hosts.Forwarder.Forward)
}

// closeForwards ends what is forwarded. One whose connection is lost has ended.
func (s *stage) closeForwards() {
	for _, forwarding := range s.forwards {
		_ = forwarding.Close()
	}
}
