package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
)

// An operator's folder that outlives campaigns has what services trust that already run: the root CA (ca), the attester's key
// (attester), the policy, and what each service's own operator gets (services). Whatever else a campaign needs, it makes itself and
// has that root certify it.

// ErrOperator says that an operator's folder cannot be used for a campaign.
var ErrOperator = errors.New("the operator's folder cannot be used")

// caFolder is the root CA's, with its key.
func (o *operator) caFolder() string {
	if o.lasting != "" {
		return filepath.Join(o.lasting, "ca")
	}
	return o.in("ca")
}

// referencesName is a file of references beside a policy that is not the campaign's own.
const referencesName = "references.yaml"

// policyFiles are those of the operator's folder that say what is accepted.
func (o *operator) policyFiles() []string {
	files := []string{filepath.Base(o.policyFile())}
	if o.lasting != "" && o.given != nil {
		files = append(files, referencesName)
	}
	return files
}

// policyFlags name them to a server on a host.
func (o *operator) policyFlags(on *stage) []string {
	var flags []string
	for i, file := range o.policyFiles() {
		flags = append(flags, []string{"--policy", "--references"}[i], on.in(file))
	}
	return flags
}

// CheckOperator says, with ErrOperator, why the root CA of an operator's folder cannot certify a campaign, before any host is reached.
// What else the folder lacks depends on the campaign, and is said where it is used.
func CheckOperator(folder string) error {
	ca := filepath.Join(folder, "ca")
	_, err := attest.LoadRoot(filepath.Join(ca, authority.RootFile))
	if err != nil {
		err = fmt.Errorf("%w; `eaibench ca operator` makes one", err)
	} else {
		err = checkServer(ca)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOperator, err)
	}
	return nil
}

// checkServer refuses a root CA whose server has no certificate, or one that has expired.
func checkServer(ca string) error {
	server, err := attest.LoadCertificate(filepath.Join(ca, authority.CertificateFile))
	if err != nil {
		return fmt.Errorf("%w; `eaibench ca operator` makes one", err)
	}
	if time.Now().After(server.NotAfter) {
		return fmt.Errorf("the certificate of the root CA's server in %s expired on %s; `eaibench ca issue ca NAME --data %[1]s --out %[1]s --force` makes a new one",
			ca, server.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// takeOver copies what a campaign needs of a lasting operator's folder: the root's certificate, not its key, with which the root CA
// works where it is, and the attester's key.
func (o *operator) takeOver() error {
	if err := checkServer(o.caFolder()); err != nil {
		return err
	}
	for _, file := range []string{filepath.Join("ca", authority.RootFile), filepath.Join("attester", authority.EvidenceKeyFile)} {
		if err := copyFile(filepath.Join(o.lasting, file), o.in(file)); err != nil {
			return err
		}
	}
	return nil
}

// forget removes every secret under a lasting operator's root, where the campaign's own folder stays: the copy of the attester's key, and the
// keys and tokens of servers that the root certified for this campaign.
func (o *operator) forget() error {
	if o.lasting == "" {
		return nil
	}
	secrets := []string{authority.EvidenceKeyFile, authority.PrivateKeyFile, authority.TokenFile}
	err := filepath.WalkDir(o.folder, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && slices.Contains(secrets, entry.Name()) {
			err = os.Remove(file)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("removing keys under the operator's root: %w", err)
	}
	return nil
}

// takeOverPolicy copies a lasting operator's policy, with the references given beside it, and checks that it is one under which the
// campaign can be carried out. The policies of services that already run are their operators'.
func (o *operator) takeOverPolicy() error {
	file := filepath.Join(o.lasting, filepath.Base(o.policyFile()))
	if err := copyFile(file, o.policyFile()); err != nil {
		return fmt.Errorf("%w: %w", ErrOperator, err)
	}
	if o.given != nil {
		references, err := os.OpenFile(o.in(referencesName), os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("writing the references: %w", err)
		}
		if err := errors.Join(authority.WriteReferences(references, o.given), references.Close()); err != nil {
			return fmt.Errorf("writing the references: %w", err)
		}
	}
	flags := o.policyFlags(&stage{folder: o.folder})
	var more []string
	if len(flags) > 2 {
		more = flags[3:]
	}
	policy, err := authority.LoadPolicy(o.policyFile(), more...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOperator, err)
	}
	if err := o.checkPolicy(policy.Document()); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrOperator, file, err)
	}
	sources, err := integration_process.NewSources(o.solution.Program, o.solution.Program+".c", o.source)
	if err != nil {
		return err
	}
	accepting := *o
	accepting.given = policy.Document().References
	_, err = accepting.fitting(sources)
	return err
}

// checkPolicy says what the campaign needs that a policy does not allow.
func (o *operator) checkPolicy(policy *attest.PolicyDocument) error {
	var faults []error
	lacks := func(key string, allowed, needed []string) {
		for _, one := range needed {
			if !slices.Contains(allowed, one) {
				faults = append(faults, fmt.Errorf("%s does not allow %s, which the scenario measures", key, one))
			}
		}
	}
	verify := policy.Parameters.Verify
	if len(verify) == 0 {
		verify = []string{string(attest.Full)}
	}
	lacks("modes", policy.Modes, o.modes)
	lacks("parameters.crypto", policy.Parameters.Crypto, o.cryptos)
	lacks("parameters.path", policy.Parameters.Path, o.paths)
	lacks("parameters.verify", verify, o.verifies)
	if lifetime := policy.Certificate.Lifetime; lifetime < min(o.longestRun, longestLifetime) {
		faults = append(faults, fmt.Errorf("certificate.lifetime, %s, is shorter than a run may take, %s", lifetime, o.longestRun))
	}
	key, err := attest.LoadSigningKey(o.in("attester", authority.EvidenceKeyFile))
	if err != nil {
		return err
	}
	known := func(a attest.PolicyAttester) bool {
		accepted, err := attest.ParsePublicKeyPEM([]byte(a.PublicKey)) // checked with the policy
		return err == nil && accepted.Equal(key.Public())
	}
	at := slices.IndexFunc(policy.Attesters, known)
	if at < 0 {
		return errors.Join(append(faults, fmt.Errorf("attesters has not the key in %s", filepath.Join(o.lasting, "attester")))...)
	}
	possible := o.privileges()
	if !o.secondHand && !o.target.root {
		possible = []string{attest.SameUser}
	}
	accepted := func(privilege string) bool { return slices.Contains(policy.Attesters[at].Privilege, privilege) }
	if !slices.ContainsFunc(possible, accepted) {
		faults = append(faults, fmt.Errorf("privilege of the attester does not allow %s, which is what its evidence will be", strings.Join(possible, " or ")))
	}
	return errors.Join(faults...)
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm())
}

// RunningService is a service that is to run before campaigns begin.
type RunningService struct {
	ID string
	// Host is the DNS name or IP address under which it is reached.
	Host string
}

// MakeOperator makes an operator's folder that outlives campaigns, with a policy for what the options ask of one, and for each
// service the folder that its own operator gets. The folder must not be there, or be empty. References are built on the target, as
// for a campaign, unless they are given.
func MakeOperator(ctx context.Context, options DeploymentOptions, services []RunningService, folder string) (err error) {
	d := &Deployment{options: options, rootName: "operator"}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return fmt.Errorf("making the operator's folder: %w", err)
	}
	making, err := os.MkdirTemp(filepath.Dir(folder), ".operator-")
	if err != nil {
		return fmt.Errorf("making the operator's folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(making)) }()
	if err := d.operator.leave(making, services); err != nil {
		return fmt.Errorf("making the operator's folder: %w", err)
	}
	if err := os.Rename(making, folder); err != nil {
		return fmt.Errorf("making the operator's folder: %w", err)
	}
	return nil
}

// leave copies what lasts to a folder, and fills those of services.
func (o *operator) leave(folder string, services []RunningService) error {
	policy := filepath.Base(o.policyFile())
	lasting := []string{filepath.Join("attester", authority.EvidenceKeyFile), filepath.Join("attester", authority.EvidencePublicFile), policy}
	for _, file := range []string{authority.RootFile, authority.RootKeyFile, authority.CertificateFile, authority.PrivateKeyFile} {
		lasting = append(lasting, filepath.Join("ca", file))
	}
	for _, file := range lasting {
		if err := copyFile(o.in(file), filepath.Join(folder, file)); err != nil {
			return err
		}
	}
	for _, service := range services {
		own := filepath.Join(folder, "services", service.ID)
		issuing := authority.Issuing{Kind: attest.KindService, Name: service.ID, Hosts: []string{service.Host}}
		if _, err := authority.Issue(filepath.Join(folder, "ca"), own, issuing); err != nil {
			return fmt.Errorf("certifying service %s: %w", service.ID, err)
		}
		if _, err := endpoint.LoadOrCreateToken(filepath.Join(own, authority.TokenFile)); err != nil {
			return err
		}
		for from, to := range map[string]string{o.rootFile(): authority.RootFile, o.policyFile(): policy} {
			if err := copyFile(from, filepath.Join(own, to)); err != nil {
				return err
			}
		}
	}
	return nil
}
