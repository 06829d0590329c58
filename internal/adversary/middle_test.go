package adversary

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// onRequest changes what goes to the server from now on; nil: nothing.
func (m *middle) onRequest(change func(path string, body map[string]any)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.request = change
}

// onReply changes what comes back.
func (m *middle) onReply(change func(path string, body map[string]any)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reply = change
}

// honest takes all changes back and forgets what was seen.
func (m *middle) honest() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.request, m.reply, m.seen = nil, nil, nil
}

// exchanges are those of a path, as they were before any change.
func (m *middle) exchanges(path string) []exchange {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []exchange
	for _, e := range m.seen {
		if e.path == path {
			found = append(found, e)
		}
	}
	return found
}

func (m *middle) around(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		onRequest, onReply := m.request, m.reply
		m.mu.Unlock()
		request, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		passed := altered(request, r.URL.Path, onRequest)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(passed)), int64(len(passed))
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		reply := recorder.Body.Bytes()
		m.mu.Lock()
		m.seen = append(m.seen, exchange{path: r.URL.Path, request: request, reply: bytes.Clone(reply)})
		m.mu.Unlock()
		if recorder.Code == http.StatusOK {
			reply = altered(reply, r.URL.Path, onReply)
		}
		header := w.Header()
		for name, values := range recorder.Header() {
			header[name] = values
		}
		header.Set("Content-Length", strconv.Itoa(len(reply)))
		w.WriteHeader(recorder.Code)
		w.Write(reply)
	})
}

// altered applies a change to a JSON body. A change that is not one would make a test prove
// nothing, so tests compare with a run of their own without it.
func altered(body []byte, path string, change func(string, map[string]any)) []byte {
	if change == nil || len(body) == 0 {
		return body
	}
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // sequence numbers must come out as they went in
	if decoder.Decode(&members) != nil {
		return body
	}
	change(path, members)
	changed, err := json.Marshal(members)
	if err != nil {
		return body
	}
	return changed
}

// replace puts another body in the place of members.
func replace(members map[string]any, body []byte) {
	var other map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&other); err != nil {
		panic(err) // a body that passed before is JSON
	}
	clear(members)
	for name, value := range other {
		members[name] = value
	}
}
