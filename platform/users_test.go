package platform_test

import (
	"testing"

	"eaibench/platform"
)

func TestUsers(t *testing.T) {
	users := platform.Users{First: 60700, Count: 64}
	for uid, want := range map[int]bool{60699: false, 60700: true, 60763: true, 60764: false, 0: false, -1: false} {
		if users.Contains(uid) != want {
			t.Errorf("%d: %v", uid, !want)
		}
	}
	for slot, want := range map[int]int{0: 60700, 63: 60763} {
		if uid, err := users.At(slot); err != nil || uid != want {
			t.Errorf("slot %d: %d, %v, want %d", slot, uid, err, want)
		}
	}
	for _, slot := range []int{-1, 64} {
		if uid, err := users.At(slot); err == nil {
			t.Errorf("slot %d outside the range is uid %d", slot, uid)
		}
	}
	if (platform.Users{}).Contains(0) {
		t.Error("root is in the range of nobody")
	}
}
