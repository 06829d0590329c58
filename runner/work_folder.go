package runner

import (
	"context"
	"fmt"
	"strings"
)

// closedFolder prints the first folder of a path, from its end, that not every user can enter. What does not exist yet will be
// made so that they can.
const closedFolder = `d=$1
[ ! -d "$d" ] || d=$(cd "$d" 2>/dev/null && pwd -P) || d=$1
while [ "$d" != / ]; do
	case $(ls -ld "$d" 2>/dev/null) in
	"" | d????????[xt]*) ;;
	*) echo "$d"; exit ;;
	esac
	d=$(dirname "$d")
done`

// ClosedFolder is the error for a work folder that attester and compiler cannot reach, which are users of their own.
type ClosedFolder struct {
	// Host by name; LocalHost: the folder is that for temporary files.
	Host string
	// Folder that was asked for, and Closed is the first on the way from its end that not every user can enter.
	Folder, Closed string
}

// Reason says what is the matter, without what to do.
func (e *ClosedFolder) Reason() string {
	return fmt.Sprintf("%s: not every user can enter %s, and attester and compiler are users of their own", folderOf(e.Host, e.Folder), e.Closed)
}

// Error says what is the matter, and what to do.
func (e *ClosedFolder) Error() string { return e.Reason() + folderAdvice(e.Host) }

func folderOf(host, folder string) string {
	if host == LocalHost {
		return "folder for temporary files " + folder
	}
	return "work folder " + folder + " of host " + host
}

func folderAdvice(host string) string {
	if host == LocalHost {
		return "; TMPDIR names another one, such as /var/tmp"
	}
	return "; work_folder: in the inventory names another one, such as /var/tmp/eaibench"
}

// alterable prints the first folder or link of a path, from its end, that another user than root and the one that asks can change: who
// can may put another one, with programs of their own, in its place. In a folder with the sticky bit nobody can but its owner.
const alterable = `set -f
me=$(id -u) mine=$(id -g)
look() {
	at=$1
	while [ "$at" != / ]; do
		set -- $(ls -ldn "$at" 2>/dev/null) x x x x
		case $1,$3 in x,*) set -- - - 0 ;; esac # it is not there yet
		case $3 in 0 | "$me") ;; *) echo "$at"; exit ;; esac
		case $1,$4 in
		l* | ?????????[tT]*) ;;
		????????w*) echo "$at"; exit ;;
		?????w*,0 | ?????w*,"$mine") ;;
		?????w*) echo "$at"; exit ;;
		esac
		at=$(dirname "$at")
	done
}
look "$1"
[ ! -d "$1" ] || look "$(cd "$1" 2>/dev/null && pwd -P || echo /)"`

// AlterableFolder is the error for a work folder in which other users can put what they like in the place of eaibench and of programs.
type AlterableFolder struct {
	// Host by name; LocalHost: the folder is that for temporary files.
	Host string
	// Folder that was asked for, and Open is the first on the way from its end that others can change.
	Folder, Open string
}

// Reason says what is the matter, without what to do.
func (e *AlterableFolder) Reason() string {
	return fmt.Sprintf("%s: other users than root and the one that logs in can change %s, and put a program in the place of eaibench", folderOf(e.Host, e.Folder), e.Open)
}

// Error says what is the matter, and what to do.
func (e *AlterableFolder) Error() string { return e.Reason() + folderAdvice(e.Host) }

// CheckOwned refuses a work folder, with an AlterableFolder, that another user than root and the one that commands run as can change.
func (p Place) CheckOwned(ctx context.Context) error {
	open, err := p.output(ctx, "/bin/sh", "-c", alterable, "sh", p.WorkFolder)
	if err != nil {
		return fmt.Errorf("looking at the work folder of host %s: %w", p.Name, err)
	}
	if open = strings.TrimSuffix(open, "\n"); open != "" {
		return &AlterableFolder{p.Name, p.WorkFolder, open}
	}
	return nil
}

// CheckWorkFolder refuses a work folder that others can change, with an AlterableFolder, and, with a ClosedFolder, one that they cannot
// reach where commands run as root there: then attester and compiler are users of their own. Nothing is made or copied.
func (p Place) CheckWorkFolder(ctx context.Context) error {
	_, err := p.askUser(ctx)
	return err
}

// askUser finds out whether commands run as root there. Then others must reach the work folder; they must never change it.
func (p Place) askUser(ctx context.Context) (root bool, err error) {
	user, err := output(ctx, p.Host, "/bin/sh", "-c", "id -u")
	if err != nil {
		return false, fmt.Errorf("asking host %s for its user: %w", p.Name, err)
	}
	if strings.TrimSpace(user) == "0" {
		root, err = true, p.CheckReachable(ctx)
	}
	if err == nil {
		err = p.CheckOwned(ctx)
	}
	return root, err
}

// CheckReachable refuses a work folder that other users cannot reach, with a ClosedFolder.
func (p Place) CheckReachable(ctx context.Context) error {
	closed, err := p.output(ctx, "/bin/sh", "-c", closedFolder, "sh", p.WorkFolder)
	if err != nil {
		return fmt.Errorf("looking at the work folder of host %s: %w", p.Name, err)
	}
	if closed = strings.TrimSpace(closed); closed != "" {
		return &ClosedFolder{p.Name, p.WorkFolder, closed}
	}
	return nil
}
