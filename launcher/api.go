package launcher

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strconv"

	"eaibench/internal/endpoint"
)

const (
	// uploadOverhead is what a multipart body may have besides the file, in bytes.
	uploadOverhead = 64 << 10
	// uploadDrained is how much of an upload that is refused is still read, in bytes: clients such as Python's
	// requests send all before they listen, and would not hear why.
	uploadDrained = 256 << 20
	// executeLimit bounds the body of an execution, in bytes.
	executeLimit = 128 << 10
	uploadField  = "file"
)

// UploadReply is the answer to an upload.
type UploadReply struct {
	Message   string `json:"message"`
	ProgramID int    `json:"program_id"`
	Program   string `json:"program"` // its name in certificates
}

// Listed is a program in the list of files.
type Listed struct {
	ID           int          `json:"id"`
	FileName     string       `json:"file_name"`
	FilePath     string       `json:"file_path"`
	Executables  []string     `json:"executables"`  // paths
	Certificates []string     `json:"certificates"` // paths, one a run
	Program      string       `json:"program"`
	SourceSHA256 string       `json:"source_sha256"` // of the uploaded file
	Compiled     []Executable `json:"compiled"`      // what Executables are
}

// Done is the answer where there is nothing to say but that.
type Done struct {
	Message string `json:"message"`
}

// Handler answers the paths of docs/formats/launcher.md. All but GET /health ask for the bearer
// token, unless token is empty: then anybody is answered, so listen on loopback alone.
func (l *Launcher) Handler(token string) http.Handler {
	protected := http.NewServeMux()
	protected.HandleFunc("POST /upload", answered(l.handleUpload))
	protected.HandleFunc("GET /files", answered(l.handleFiles))
	protected.HandleFunc("DELETE /files/{id}", answered(l.handleDelete))
	protected.HandleFunc("POST /compile/{id}", answered(l.handleCompile))
	protected.HandleFunc("POST /execute/{id}", answered(l.handleExecute))
	protected.HandleFunc("/", answered(func(_ http.ResponseWriter, r *http.Request) (any, error) {
		return nil, endpoint.NewFault(http.StatusNotFound, "there is no %s %s here", r.Method, shortened(r.URL.Path))
	}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", answered(func(http.ResponseWriter, *http.Request) (any, error) {
		return map[string]string{"status": "ok"}, nil
	}))
	if token == "" {
		mux.Handle("/", protected)
	} else {
		mux.Handle("/", endpoint.RequireToken(token, protected))
	}
	return mux
}

// answered sends what a handler returns.
func answered(handle func(w http.ResponseWriter, r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reply, err := handle(w, r)
		if err != nil {
			endpoint.WriteFault(w, err)
			return
		}
		endpoint.WriteJSON(w, http.StatusOK, reply)
	}
}

func (l *Launcher) handleUpload(w http.ResponseWriter, r *http.Request) (any, error) {
	whole := r.Body
	reply, err := l.upload(w, r)
	if err != nil {
		_, _ = io.CopyN(io.Discard, whole, uploadDrained) // what ends it early is the client's to see
	}
	return reply, err
}

func (l *Launcher) upload(w http.ResponseWriter, r *http.Request) (any, error) {
	r.Body = http.MaxBytesReader(w, r.Body, UploadLimit+uploadOverhead)
	name, content, err := uploadedFile(r)
	if err != nil {
		return nil, err
	}
	p, replaced, err := l.store.Upload(name, content)
	if err != nil {
		return nil, err
	}
	l.log.Info("uploaded", "program", p.Name, "id", p.ID, "source", p.SourceSHA256, "replaced", replaced)
	message := "file uploaded"
	if replaced {
		message = "file uploaded in place of the one before: compile it again"
	}
	return UploadReply{Message: message, ProgramID: p.ID, Program: p.Name}, nil
}

// uploadedFile reads the multipart field `file` (RFC 7578). The library would drop folders from the
// file's name; here a name with folders is refused.
func uploadedFile(r *http.Request) (name string, content []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, endpoint.NewFault(http.StatusBadRequest, "body is not multipart/form-data: %v", err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, endpoint.NewFault(http.StatusBadRequest, "no part of the form is a file in field %q", uploadField)
		}
		if err != nil {
			return "", nil, uploadFault(err)
		}
		if part.FormName() != uploadField {
			continue
		}
		if name, err = rawFileName(part); err != nil {
			return "", nil, err
		}
		// One byte more than allowed, so that the store sees that it is too long.
		content, err := io.ReadAll(io.LimitReader(part, UploadLimit+1))
		if err != nil {
			return "", nil, uploadFault(err)
		}
		return name, content, nil
	}
}

func rawFileName(part *multipart.Part) (string, error) {
	_, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return "", endpoint.NewFault(http.StatusBadRequest, "field %q has no readable Content-Disposition: %v", uploadField, err)
	}
	return parameters["filename"], nil
}

func uploadFault(err error) error {
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return endpoint.NewFault(http.StatusRequestEntityTooLarge, "upload is longer than %d bytes", tooLong.Limit)
	}
	return endpoint.NewFault(http.StatusBadRequest, "reading the form: %v", err)
}

func (l *Launcher) handleFiles(http.ResponseWriter, *http.Request) (any, error) {
	listed := []Listed{}
	for _, p := range l.store.List() {
		entry := Listed{
			ID: p.ID, FileName: p.FileName, FilePath: l.store.sourcePath(p), Executables: []string{},
			Program: p.Name, SourceSHA256: p.SourceSHA256, Compiled: p.Executables,
		}
		for _, e := range p.Executables {
			entry.Executables = append(entry.Executables, l.store.executablePath(e))
		}
		var err error
		if entry.Certificates, err = l.store.certificatePaths(p.Name); err != nil {
			return nil, err
		}
		listed = append(listed, entry)
	}
	return listed, nil
}

func (l *Launcher) handleDelete(_ http.ResponseWriter, r *http.Request) (any, error) {
	id, err := programID(r)
	if err != nil {
		return nil, err
	}
	if err := l.store.Delete(id); err != nil {
		return nil, err
	}
	l.log.Info("deleted", "id", id)
	return Done{Message: fmt.Sprintf("program %d deleted", id)}, nil
}

func (l *Launcher) handleCompile(_ http.ResponseWriter, r *http.Request) (any, error) {
	id, err := programID(r)
	if err != nil {
		return nil, err
	}
	return l.Compile(r.Context(), id, r.URL.Query().Get("mode"))
}

func (l *Launcher) handleExecute(w http.ResponseWriter, r *http.Request) (any, error) {
	id, err := programID(r)
	if err != nil {
		return nil, err
	}
	var request ExecuteRequest
	// Clients of the published prototypes send no body.
	if r.ContentLength != 0 {
		if err := endpoint.ReadJSON(w, r, executeLimit, &request); err != nil {
			return nil, err
		}
	}
	return l.Execute(r.Context(), id, r.URL.Query().Get("mode"), request)
}

func programID(r *http.Request) (int, error) {
	text := r.PathValue("id")
	id, err := strconv.Atoi(text)
	if err != nil || id < 1 {
		return 0, endpoint.NewFault(http.StatusNotFound, "no program has ID %q: an ID is a whole number from 1", shortened(text))
	}
	return id, nil
}

// TokenPath is where a launcher keeps its bearer token, in its data folder.
func TokenPath(data string) string { return filepath.Join(data, "token") }
