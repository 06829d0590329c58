package cli

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/attest"
	"eaibench/results"
)

func verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check that a complete campaign is, byte for byte, as it was sealed",
		UsageText: "eaibench verify DIR [--key FILE] [--json]",
		Description: `Compares every file of the campaign DIR with MANIFEST.sha256 and names each that was changed,
removed or added; the report folder, which is derived, is not looked at. With --key it also
checks that this key signed the manifest: without a signature the manifest itself may have been
made anew.

Ends with 0 when all is as it was, 1 when something is not, when the campaign is not complete,
or when the signature is missing or another key's, 2 when DIR is no campaign.

EXAMPLES:
   eaibench verify out/smoke-20260131T120000Z
   eaibench verify out/smoke-20260131T120000Z --key signing.pub
   eaibench verify out/smoke-20260131T120000Z --json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "key", Usage: "check that the Ed25519 public key in `FILE`, PEM, signed the campaign"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR"); err != nil {
				return err
			}
			var key ed25519.PublicKey
			if c.IsSet("key") {
				var err error
				if key, err = attest.LoadPublicKey(c.String("key")); err != nil {
					return badInput("%w", err)
				}
			}
			return verifyCampaign(c, c.Args().First(), key)
		},
	}
}

func signCommand() *cli.Command {
	return &cli.Command{
		Name:      "sign",
		Usage:     "sign a complete campaign",
		UsageText: "eaibench sign DIR --key FILE",
		Description: `Checks the campaign DIR as verify does and signs its manifest with the Ed25519 key in FILE:
MANIFEST.sha256.sig, in place of a signature that is there. A campaign that is not as it was
sealed is not signed. FILE is what openssl makes, and openssl can check the signature:

   openssl genpkey -algorithm ed25519 -out signing.pem
   openssl pkey -in signing.pem -pubout -out signing.pub
   openssl pkeyutl -verify -rawin -pubin -inkey signing.pub -in MANIFEST.sha256 -sigfile MANIFEST.sha256.sig

EXAMPLES:
   eaibench sign out/smoke-20260131T120000Z --key signing.pem`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "key", Required: true, Usage: "sign with the Ed25519 private key in `FILE`, PEM, which only its owner may read"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR"); err != nil {
				return err
			}
			key, err := attest.LoadSigningKey(c.String("key"))
			if err != nil {
				return badInput("%w", err)
			}
			if err := signCampaign(c.Args().First(), key); err != nil {
				return err
			}
			id, err := attest.KeyIDOf(key.Public().(ed25519.PublicKey))
			if err != nil {
				return failed("%w", err)
			}
			fmt.Fprintf(c.App.Writer, "signed by key ID %s\n", id)
			return nil
		},
	}
}

func signCampaign(folder string, key ed25519.PrivateKey) error {
	err := results.Sign(folder, key)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, results.ErrTampered):
		return failed("%w; `eaibench verify %s` says more", err, shellWord(folder))
	case !errors.Is(err, results.ErrIncomplete):
		return badInput("%w", err)
	}
	if _, noCampaign := results.Read(folder); noCampaign != nil {
		return badInput("%w", noCampaign)
	}
	return failed("%w; `eaibench run --resume %s` goes on", err, shellWord(folder))
}

// signingKey is that of --sign, nil without it. It is read before anything is started.
func signingKey(c *cli.Context) (ed25519.PrivateKey, error) {
	if !c.IsSet("sign") {
		return nil, nil
	}
	key, err := attest.LoadSigningKey(c.String("sign"))
	if err != nil {
		return nil, badInput("%w", err)
	}
	return key, nil
}

// signatureOK is said of a signature that is the key's.
const signatureOK = "ok"

// verified is what `eaibench verify` says.
type verified struct {
	Folder   string `json:"folder"`
	Complete bool   `json:"complete"`
	// OK: nothing was found, and the signature is the key's where one was asked for.
	OK             bool              `json:"ok"`
	Files          int               `json:"files,omitempty"` // that the manifest names
	ManifestSHA256 string            `json:"manifest_sha256,omitempty"`
	Findings       []results.Finding `json:"findings,omitempty"`
	Signed         bool              `json:"signed"` // there is a signature, of whatever worth
	// Key is the ID of the key that was asked for; Signature is "ok", or what is wrong with it.
	Key       string `json:"key,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// verifyCampaign prints what is found, in any case, and then ends with an error if that is not as it should be.
func verifyCampaign(c *cli.Context, folder string, key ed25519.PublicKey) error {
	said := verified{Folder: folder}
	verification, err := results.Verify(folder)
	if errors.Is(err, results.ErrIncomplete) {
		return incomplete(c, said, err)
	}
	if err != nil {
		return badInput("%w", err)
	}
	said.Complete, said.Files, said.ManifestSHA256 = true, verification.Files, verification.ManifestSHA256
	said.Findings, said.Signed = verification.Findings, verification.Signed()
	var wrong []error
	if n := len(said.Findings); n > 0 {
		wrong = append(wrong, fmt.Errorf("%s: %w: %s", folder, results.ErrTampered, counted(n, "file")))
	}
	if key != nil {
		id, err := attest.KeyIDOf(key)
		if err != nil {
			return failed("%w", err)
		}
		said.Key, said.Signature = id.String(), signatureOK
		if err := verification.CheckSignature(key); err != nil {
			said.Signature = err.Error()
			wrong = append(wrong, fmt.Errorf("%s: %w", folder, err))
		}
	}
	said.OK = len(wrong) == 0
	if err := printVerified(c, said); err != nil {
		return failed("printing what was found: %w", err)
	}
	if !said.OK {
		return failed("%w", errors.Join(wrong...))
	}
	return nil
}

// incomplete is for a campaign without a manifest: how far it is, or that it is none.
func incomplete(c *cli.Context, said verified, why error) error {
	data, err := results.Read(said.Folder)
	if err != nil {
		return badInput("%w", err)
	}
	if c.Bool("json") {
		if err := printVerified(c, said); err != nil {
			return failed("printing what was found: %w", err)
		}
	}
	return failed("%w; %d of %d runs are in it, and `eaibench run --resume %s` goes on", why, len(data.Runs), len(data.Campaign.Runs), shellWord(said.Folder))
}

func printVerified(c *cli.Context, said verified) error {
	if c.Bool("json") {
		return writeJSON(c.App.Writer, said)
	}
	var text strings.Builder
	for _, one := range said.Findings {
		fmt.Fprintf(&text, "%-9s  %s", one.Fault, one.File)
		if one.Detail != "" {
			fmt.Fprintf(&text, ": %s", one.Detail)
		}
		text.WriteByte('\n')
	}
	if len(said.Findings) == 0 {
		fmt.Fprintf(&text, "files      %d, each as it was sealed\n", said.Files)
	}
	fmt.Fprintf(&text, "manifest   %s\n", said.ManifestSHA256)
	switch {
	case said.Key != "" && said.Signature == signatureOK:
		fmt.Fprintf(&text, "signature  ok, of the manifest, by key ID %s\n", said.Key)
	case said.Key != "":
		fmt.Fprintf(&text, "signature  %s; wanted that of key ID %s\n", said.Signature, said.Key)
	case said.Signed:
		fmt.Fprintln(&text, "signature  not checked: --key names whose it must be")
	default:
		fmt.Fprintln(&text, "signature  none: the manifest is as trustworthy as where it is kept")
	}
	_, err := io.WriteString(c.App.Writer, text.String())
	return err
}
