package endpoint

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
)

// admission bounds what requests may take of a server before anybody has looked at them: how long
// their bodies take to arrive, and how much of large bodies is held at the same time.
type admission struct {
	small    int64         // bytes; bodies up to this are not counted
	unknown  int64         // bytes; what a body of undeclared length is counted as
	slowest  int64         // bytes a second that a body must arrive with, besides
	patience time.Duration // that each body has, and for which a large one waits for its turn
	large    *semaphore.Weighted
	budget   int64 // bytes, of large bodies held at the same time
}

func newAdmission() *admission {
	const budget = 256 << 20
	return &admission{
		small: 64 << 10, unknown: 32 << 20, slowest: 128 << 10, patience: 10 * time.Second,
		large: semaphore.NewWeighted(budget), budget: budget,
	}
}

// around lets requests through to the handler within the bounds.
func (a *admission) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := r.ContentLength
		if size == 0 {
			next.ServeHTTP(w, r)
			return
		}
		if size < 0 {
			size = a.unknown
		}
		control := http.NewResponseController(w)
		if size > a.small {
			if err := a.takeTurn(r.Context(), size); err != nil {
				// Before it answers, the server would read what is left of the body, however long that takes.
				_ = control.SetReadDeadline(time.Now())
				WriteFault(w, err)
				return
			}
			defer a.large.Release(size)
		}
		// A failure to set the deadline means that the connection is broken, which reading will tell.
		_ = control.SetReadDeadline(time.Now().Add(a.patience + time.Duration(size)*time.Second/time.Duration(a.slowest)))
		r.Body = &bodyInTime{ReadCloser: r.Body, control: control}
		next.ServeHTTP(w, r)
	})
}

func (a *admission) takeTurn(ctx context.Context, size int64) error {
	if size > a.budget {
		return NewFault(http.StatusRequestEntityTooLarge, "body is longer than %d bytes", a.budget)
	}
	ctx, cancel := context.WithTimeout(ctx, a.patience)
	defer cancel()
	if err := a.large.Acquire(ctx, size); err != nil {
		return NewFault(http.StatusServiceUnavailable, "too much is being received at once; try again")
	}
	return nil
}

// bodyInTime takes the deadline back once the body is there: what the handler does then has its own
// limits, and a deadline that passes would end the request.
type bodyInTime struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read reads the body. The deadline is taken back at its end, and not at an error: it then bounds the server's own
// reading of what is left.
func (b *bodyInTime) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
