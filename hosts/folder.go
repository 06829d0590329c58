package hosts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Folder is a folder on a host for what must not outlive this program. A shell of the host holds it, and removes it when it is told
// to; where that was killed, or lost with its host, the next Hold in the same place removes it.
type Folder struct {
	// Path on the host. Every user can pass through it.
	Path string

	host   Host
	holder Process
	ended  chan struct{} // closed when the holder has ended, and exit and err are final
	exit   Exit
	err    error
}

// holdFolder makes a folder below $1 that bears the PID of this shell and when that was started, prints its path, and removes it at the
// end of the input. Before that it removes those whose shell is no longer there. Until a folder bears its mark it has another name, and
// the mark is removed last.
const holdFolder = `started() {
	if [ -r "/proc/$1/stat" ]; then sed -n '$s/.*) //p' "/proc/$1/stat" | cut -d ' ' -f 20
	else ps -o lstart= -p "$1"; fi
}
drop() {
	for e in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		[ "$e" = "$1/holder" ] || rm -rf -- "$e" || return
	done
	rm -rf -- "$1"
}
umask 022
mkdir -p "$1" || exit
for f in "$1"/eaibench-held-*; do
	[ -f "$f/holder" ] || continue
	read -r p at <"$f/holder"
	[ "$(started "$p" 2>/dev/null)" = "$at" ] || drop "$f"
done 2>/dev/null
for f in "$1"/eaibench-new-*; do
	p=${f##*/eaibench-new-}
	kill -0 "${p%%-*}" || rm -rf -- "$f"
done 2>/dev/null
new=$(mktemp -d "$1/eaibench-new-$$-XXXXXX") || exit
held=$1/eaibench-held-${new##*-}
chmod 711 "$new" && echo "$$ $(started $$)" >"$new/holder" && mv "$new" "$held" || { rm -rf -- "$new"; exit 1; }
echo "$held"
cat >/dev/null
drop "$held"`

// holdLimit is how long making the folder may take, and removing it.
const holdLimit = 30 * time.Second

// Hold makes a folder on a host, below a folder that is made if needed. Close must be called. The context is for the beginning alone.
func Hold(ctx context.Context, host Host, below string) (*Folder, error) {
	const op = "make a folder"
	var complaint strings.Builder
	holder, err := host.Start(context.WithoutCancel(ctx), Command{
		Args: []string{"/bin/sh", "-c", holdFolder, "sh", below}, Env: []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC0"},
		Pipes: true, Stderr: &complaint,
	})
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, holdLimit, fmt.Errorf("it is not done after %s", holdLimit))
	defer cancel()
	forget := context.AfterFunc(limited, func() { _ = holder.Kill() })
	line, err := readLine(holder.Stdout())
	if forget() && err == nil && path.IsAbs(line) {
		f := &Folder{Path: line, host: host, holder: holder, ended: make(chan struct{})}
		go func() {
			defer close(f.ended)
			f.exit, f.err = holder.Wait()
		}()
		return f, nil
	}
	_ = holder.Kill()
	exit, ending := holder.Wait()
	_ = holder.Stdout().Close() // Nothing more is read from it.
	switch words := strings.TrimSpace(complaint.String()); {
	case limited.Err() != nil:
		err = &HarnessError{Op: "host " + host.Name() + ": " + op, Err: context.Cause(limited)}
	case ending != nil:
		err = ending
	default:
		err = &TargetError{Host: host.Name(), Op: op + " below " + below, Err: fmt.Errorf("%s: %s", exit, words)}
	}
	return nil, err
}

// readLine reads to the end of the first line.
func readLine(from io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); ; {
		if _, err := io.ReadFull(from, one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return string(line), nil
		}
		line = append(line, one[0])
	}
}

// Lost is why the folder is no longer held, though Close was not called: a TargetError; nil while it is.
func (f *Folder) Lost() error {
	select {
	case <-f.ended:
		if f.err != nil {
			return f.err
		}
		return &TargetError{Host: f.host.Name(), Op: "hold " + f.Path, Err: fmt.Errorf("its holder %s", f.exit)}
	default:
		return nil
	}
}

// Close removes the folder with what is in it.
func (f *Folder) Close() error {
	_ = f.holder.Stdin().Close() // It removes the folder then, and ends.
	patience := time.AfterFunc(holdLimit, func() { _ = f.holder.Kill() })
	<-f.ended
	patience.Stop()
	_ = f.holder.Stdout().Close() // It has nothing to say any more.
	if f.err == nil && f.exit.OK() {
		return nil
	}
	// It was killed, or lost with its connection. Once more, by a new one.
	ctx, cancel := context.WithTimeout(context.Background(), holdLimit)
	defer cancel()
	if again := f.host.RemoveAll(ctx, f.Path); again != nil {
		return fmt.Errorf("removing %s of host %s: %w; the next campaign there removes it", f.Path, f.host.Name(), errors.Join(f.err, again))
	}
	return nil
}
