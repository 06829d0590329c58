package endpoint

import (
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
)

// Fault is a refusal or failure that the other side is told about, sent as
// {"error": TEXT, "check": NAME}.
type Fault struct {
	Status  int    `json:"-"`               // HTTP status, 400 to 599
	Message string `json:"error"`           // for people; no data of a customer
	Check   string `json:"check,omitempty"` // the failed check's name as in docs/formats, if one failed
}

// Error is the message, after the failed check's name where there is one.
func (f *Fault) Error() string {
	if f.Check != "" {
		return f.Check + ": " + f.Message
	}
	return f.Message
}

// NewFault makes a fault without a check.
func NewFault(status int, format string, args ...any) *Fault {
	return &Fault{Status: status, Message: fmt.Sprintf(format, args...)}
}

// WriteJSON answers with the status and the value as JSON. A value that cannot be marshalled is
// a fault of the program and answered 500.
func WriteJSON(w http.ResponseWriter, status int, value any) {
	body, err := marshal(value)
	if err != nil {
		WriteFault(w, fmt.Errorf("marshalling the reply: %w", err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	// Said beforehand, a body of any length leaves unchunked.
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	// An error here means the client has gone: nobody is left to tell.
	_, _ = w.Write(append(body, '\n'))
}

// WriteFault answers with the *Fault in err's chain. Any other error is answered 500 with a plain
// message: its text may name files or data, so it goes to the server's log only.
func WriteFault(w http.ResponseWriter, err error) {
	var fault *Fault
	if !errors.As(err, &fault) {
		loggerOf(w).Error("request failed", "error", err)
		fault = &Fault{Status: http.StatusInternalServerError, Message: "internal error, see the server's log"}
	}
	status := fault.Status
	if status < 400 || status > 599 {
		status = http.StatusInternalServerError
	}
	WriteJSON(w, status, fault)
}

// ReadJSON decodes the request's body, at most limit bytes of one JSON value, into value. Errors
// are Faults: 415 when the body is not declared application/json (which also keeps a foreign web
// page from posting here without asking), 413 when it is too long, 400 when it is malformed, has
// unknown members or something after the value.
func ReadJSON(w http.ResponseWriter, r *http.Request, limit int64, value any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return NewFault(http.StatusUnsupportedMediaType, "content type must be application/json")
	}
	text, err := readBody(http.MaxBytesReader(w, r.Body, limit), r.ContentLength)
	if err == nil && len(text) == 0 {
		return NewFault(http.StatusBadRequest, "body is empty, JSON expected")
	}
	if err == nil {
		err = unmarshalStrictly(text, value)
	}
	if err != nil {
		return bodyFault(err, limit)
	}
	return nil
}

func bodyFault(err error, limit int64) *Fault {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return NewFault(http.StatusRequestEntityTooLarge, "body is longer than %d bytes", limit)
	}
	return NewFault(http.StatusBadRequest, "body is not the JSON expected here: %s", reasonOf(err))
}

// logged carries the server's logger to WriteFault.
type logged struct {
	http.ResponseWriter
	log *slog.Logger
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (l *logged) Unwrap() http.ResponseWriter { return l.ResponseWriter }

func loggerOf(w http.ResponseWriter) *slog.Logger {
	for {
		switch inner := w.(type) {
		case *logged:
			return inner.log
		case interface{ Unwrap() http.ResponseWriter }:
			w = inner.Unwrap()
		default:
			return slog.Default()
		}
	}
}
