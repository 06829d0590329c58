package launcher

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"eaibench/attest"
)

func frame(body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)))) + body
}

func TestReadFrame(t *testing.T) {
	for _, test := range []struct {
		name, input string
		limit       int
		want        string
		fault       string // a part of the error; empty: none
	}{
		{"a frame", frame("{}"), 10, "{}", ""},
		{"at the limit", frame(`{"a":1234}`), 10, `{"a":1234}`, ""},
		{"above the limit", frame(`{"a":12345}`), 10, "", "a frame of 11 bytes"},
		{"too short", frame("{"), 10, "", "a frame of 1 bytes"},
		{"empty", frame(""), 10, "", "a frame of 0 bytes"},
		{"cut in the header", "\x00\x00", 10, "", "too short for a frame"},
		{"cut in the body", "\x00\x00\x00\x05{\"", 10, "", "a frame of 5 bytes ends after 2"},
		{"the end", "", 10, "", "EOF"},
	} {
		got, err := readFrame(iotest.OneByteReader(strings.NewReader(test.input)), test.limit)
		if string(got) != test.want || (err == nil) != (test.fault == "") || err != nil && !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%s: got %q, %v", test.name, got, err)
		}
		if _, is := errors.AsType[*notAMessage](err); err != nil && is == errors.Is(err, io.EOF) {
			t.Errorf("%s: %v must be either the end or no message", test.name, err)
		}
	}
}

func TestWriteFrameIsRead(t *testing.T) {
	var buffer bytes.Buffer
	ok(t, writeFrame(&buffer, releaseMessage{Type: "release"}))
	if got := string(ok1(readFrame(&buffer, longestFrame))(t)); got != `{"type":"release"}` {
		t.Errorf("got %s", got)
	}
	if err := writeFrame(io.Discard, strings.Repeat("x", longestFrame)); err == nil {
		t.Error("a message above the limit was sent")
	}
}

func TestParseMessage(t *testing.T) {
	for body, fault := range map[string]string{
		`{"type":"running","later":1}`:                                   "",
		`{"type":"finished","requests":1,"timings":[{"nanoseconds":1}]}`: "",
		`{"type":"release"}`:                                             `type "release" does not exist`,
		`{}`:                                                             `type "" does not exist`,
		`[]`:                                                             "not a JSON object",
		`{"type":"operation","service_certificate_sha256":"00"}`: "not a JSON object of a message",
		`{"type":"prepared","csr":"%"}`:                          "not a JSON object of a message",
	} {
		_, err := parseMessage([]byte(body))
		if (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte(frame(`{"type":"ready","version":1}`)))
	f.Add([]byte(frame(`{"type":"operation","operation":"read","service":"store","request":0,"sequence":1,"nonce":"AA=="}`) + frame(`{"type":"finished","requests":1,"timings":[{"request":0,"operation":"read","metric":"encrypt","nanoseconds":5}]}`)))
	f.Add([]byte("Hello, world\n"))
	f.Add([]byte("\x7f\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, input []byte) {
		const limit = 1 << 16
		reader := bytes.NewReader(input)
		for {
			body, err := readFrame(reader, limit)
			if err != nil {
				return
			}
			if len(body) < shortestFrame || len(body) > limit {
				t.Fatalf("a frame of %d bytes was read", len(body))
			}
			message, err := parseMessage(body)
			if err != nil {
				continue
			}
			var s sampler
			if s.reported("integration_process", message.Timings, 10) != nil {
				continue
			}
			for _, sample := range s.samples {
				if sample.Value < 0 || strings.ContainsAny(sample.Metric+sample.Service+string(sample.Operation), ",\n\"") {
					t.Fatalf("sample %+v", sample)
				}
			}
		}
	})
}

func TestBoundedLog(t *testing.T) {
	log := newBoundedLog(10)
	for _, piece := range []string{"abc", "defgh", "", "ij"} {
		ok1(log.Write([]byte(piece)))(t)
	}
	if got := log.String(); got != "abcdefghij" {
		t.Errorf("got %q", got)
	}
	for _, piece := range []string{"k", "lmnopqrstuvwxyz", "12"} {
		ok1(log.Write([]byte(piece)))(t)
	}
	if got := log.String(); got != "abcde\n… 18 bytes left out …\nxyz12" {
		t.Errorf("got %q", got)
	}
	log = newBoundedLog(1000)
	ok1(log.Write([]byte("first\n\n  second \nth\xffird\n")))(t)
	if got := log.lastLines(2); got != "second | th\uFFFDird" {
		t.Errorf("got %q", got)
	}
}

// TestTimingsAreBounded reads what would be gigabytes of timings: what is allocated does not grow
// with their number.
func TestTimingsAreBounded(t *testing.T) {
	body := []byte(`{"type":"timings","timings":[` + strings.Repeat("{},", 8<<20) + `{}]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if m, err := parseMessage(body); err == nil {
		t.Errorf("%d timings were read", len(m.Timings))
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 64<<20 {
		t.Errorf("%d bytes were taken for it", taken)
	}
	most := strings.TrimSuffix(strings.Repeat("{},", attest.MostTimings), ",")
	m := ok1(parseMessage([]byte(`{"type":"timings","timings":[` + most + `]}`)))(t)
	if len(m.Timings) != attest.MostTimings {
		t.Errorf("%d timings, want %d", len(m.Timings), attest.MostTimings)
	}
}
