//go:build !linux

package platform

// CheckCPUs checks the form of a list such as "0-1,3". Which processors there are is
// for cpuset(1) to say, when the process is started.
func CheckCPUs(list string) error {
	_, err := ParseCPUs(list)
	return err
}
