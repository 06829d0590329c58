package endpoint

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// tokenBytes is a token's length before hexadecimal.
const tokenBytes = 32

// RequireToken lets through only requests that carry the bearer token (RFC 6750, section 2.1);
// others are answered 401 with check "token". An empty token lets nobody through.
func RequireToken(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		// Hashed first, so that the comparison takes equally long for every length.
		got := sha256.Sum256([]byte(given))
		if token == "" || !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			message := "the bearer token is not this server's"
			if given == "" {
				message = "the bearer token is missing"
			}
			WriteFault(w, &Fault{Status: http.StatusUnauthorized, Check: "token", Message: message})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// LoadOrCreateToken reads the token in the file, or creates the file with a new one: 32 random
// bytes in hexadecimal, readable by its owner alone. Of several processes that create it at the
// same time all get the same token.
func LoadOrCreateToken(path string) (string, error) {
	token, err := LoadToken(path)
	if _, damaged := errors.AsType[*damagedToken](err); damaged {
		return "", fmt.Errorf("%w: delete it to have a new one made", err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	if err := createToken(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("creating token: %w", err)
	}
	return LoadToken(path)
}

// createToken makes the file appear whole or not at all: written beside it, then linked.
func createToken(path string) error {
	secret := make([]byte, tokenBytes)
	rand.Read(secret)                                            // never fails: the runtime ends the program instead
	beside, err := os.CreateTemp(filepath.Dir(path), ".token-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name())
	_, err = beside.WriteString(hex.EncodeToString(secret) + "\n")
	if err := errors.Join(err, beside.Close()); err != nil {
		return err
	}
	return os.Link(beside.Name(), path)
}

// damagedToken is a file that holds no token.
type damagedToken struct{ path string }

// Error names the file.
func (d *damagedToken) Error() string {
	return fmt.Sprintf("token file %s does not hold a server's token, %d bytes in hexadecimal", d.path, tokenBytes)
}

// LoadToken reads a token that LoadOrCreateToken made. It refuses a file that others than its
// owner may read, and one that holds no token.
func LoadToken(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("reading token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("token file %s can be read by others than its owner: make it private with chmod 600 %s", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if secret, err := hex.DecodeString(token); err != nil || len(secret) != tokenBytes {
		return "", &damagedToken{path}
	}
	return token, nil
}
