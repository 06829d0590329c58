package launcher

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkOwnFolder refuses a scratch folder that somebody else made: in a folder for temporary files
// anybody can take a name first. Nothing there is fine.
func checkOwnFolder(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("scratch folder: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("scratch folder %s is not a folder of this user: remove it or choose another", path)
	}
	return nil
}
