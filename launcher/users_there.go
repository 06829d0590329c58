package launcher

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"eaibench/hosts"
	"eaibench/platform"
)

// usersThere hands out uids of another host, by the same locks on the same files as launchers on that host do.
type usersThere struct {
	host hosts.Host
}

// heldThere is a uid's lock: a process on the host has it, and loses it with its connection.
type heldThere struct {
	of     *usersThere
	holder hosts.Process
}

// holdUser locks the file of uid $1 in folder $2, says whether somebody who had it before was killed ("used"), and holds it to the end of
// the input; "free" there says that nothing is left. It ends without a word where another launcher has it.
const holdUser = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH
f=$2/$1
umask 077; mkdir -p "$2" || exit
run='if [ -s "$0" ]; then echo used; else echo "in use" >"$0"; echo fresh; fi; read -r said; [ "$said" != free ] || : >"$0"'
if command -v flock >/dev/null; then exec flock -n "$f" sh -c "$run" "$f"; fi
exec lockf -k -s -t 0 "$f" sh -c "$run" "$f"`

// try takes the last uid of the range that is free; nil: none is. The error says what is left of those that nobody has.
func (u *usersThere) try(ctx context.Context, free platform.Users) (*user, error) {
	var unclean error
	for slot := free.Count - 1; slot >= 0; slot-- {
		id, err := free.At(slot)
		if err != nil {
			return nil, err
		}
		held, used, err := u.hold(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("taking a user for a run: %w", err)
		}
		if held == nil {
			continue
		}
		if used {
			if err := u.removeAllOf(ctx, id); err != nil {
				// Another one may have nothing left.
				unclean = errors.Join(unclean, fmt.Errorf("taking user %d for a run: %w", id, err), held.release(false))
				continue
			}
		}
		return &user{id: id, there: held}, nil
	}
	return nil, unclean
}

// hold locks a uid; nil: another has it.
func (u *usersThere) hold(ctx context.Context, id int) (held *heldThere, used bool, err error) {
	var complaint strings.Builder
	holder, err := u.host.Start(context.WithoutCancel(ctx), hosts.Command{
		Args: []string{"/bin/sh", "-c", holdUser, "sh", strconv.Itoa(id), usersFolder}, Pipes: true, Stderr: &complaint,
	})
	if err != nil {
		return nil, false, err
	}
	held = &heldThere{u, holder}
	patience := time.AfterFunc(cleaningTime, func() { _ = holder.Kill() })
	defer patience.Stop()
	said, err := bufio.NewReader(holder.Stdout()).ReadString('\n')
	if err == nil {
		return held, said == "used\n", nil
	}
	err = held.release(false)
	if words := strings.TrimSpace(complaint.String()); err == nil && words != "" {
		err = &hosts.TargetError{Host: u.host.Name(), Op: "lock user " + strconv.Itoa(id), Err: errors.New(words)}
	}
	return nil, false, err
}

// release gives the lock back; empty says that nothing of the uid is left.
func (h *heldThere) release(empty bool) error {
	if empty {
		_, _ = io.WriteString(h.holder.Stdin(), "free\n") // A holder that is gone holds nothing.
	}
	_ = h.holder.Stdin().Close()
	patience := time.AfterFunc(cleaningTime, func() { _ = h.holder.Kill() })
	defer patience.Stop()
	_, err := h.holder.Wait()
	_ = h.holder.Stdout().Close() // It has nothing to say any more.
	return err
}

// removeThere ends every process of uid $1, removes what it left where any user may write, and its System V shared memory, semaphores and
// queues, and prints the PIDs of those that do not end. The user itself signals all that is its own in one call, which no fork escapes; what
// has ended and waits for its parent to take note can do nothing. No link is followed.
const removeThere = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH
[ "$1" -gt 0 ] || exit
if [ "$(uname)" = FreeBSD ]; then
	theirs() { chroot -u "$1" -g "$1" -G "$1" / /bin/kill -KILL -- -1 2>/dev/null; }
else
	theirs() { setpriv --reuid "$1" --regid "$1" --clear-groups /bin/kill -KILL -- -1 2>/dev/null; }
	setpriv --reuid "$1" --regid "$1" --clear-groups ipcrm --all >/dev/null 2>&1
fi
living() { ps -A -o uid= -o stat= -o pid= | awk -v uid="$1" '$1 == uid && $2 !~ /^[ZX]/ { print $3 }'; }
rounds=0
while left=$(living "$1") && [ -n "$left" ] && [ $rounds -lt 200 ]; do
	theirs "$1"
	rounds=$((rounds + 1))
	sleep 0.01
done
for d in /tmp /var/tmp /dev/shm /dev/mqueue; do
	[ -d "$d" ] && find "$d" -xdev -user "$1" -prune -exec rm -rf -- {} +
done
echo $left`

// removeAllOf ends everything of a uid.
func (u *usersThere) removeAllOf(ctx context.Context, id int) error {
	left, err := hosts.Output(ctx, u.host, []string{"/bin/sh", "-c", removeThere, "sh", strconv.Itoa(id)})
	if err == nil && len(strings.TrimSpace(string(left))) > 0 {
		err = fmt.Errorf("processes of user %d do not end: %s", id, strings.TrimSpace(string(left)))
	}
	return err
}

// giveBack ends everything of the uid. Only when nothing is left the next that has it need not look.
func (h *heldThere) giveBack(ctx context.Context, id int) error {
	err := h.of.removeAllOf(ctx, id)
	return errors.Join(err, h.release(err == nil))
}
