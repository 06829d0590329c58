package platform

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckSystem(t *testing.T) {
	for _, test := range []struct {
		platform, here string
		fits           bool
	}{{"linux", "linux", true}, {"linux", "freebsd", false}, {"cheribsd-morello", "freebsd", true}, {"cheribsd-morello", "linux", false}, {"cheribsd-morello", "darwin", false}} {
		profile, err := Load(test.platform)
		if err != nil {
			t.Fatal(err)
		}
		err = profile.checkSystem(test.here)
		var other *OtherSystem
		if errors.As(err, &other) == test.fits {
			t.Errorf("%s on %s: %v", test.platform, test.here, err)
		}
		if other != nil && (!strings.Contains(err.Error(), "on "+profile.System) || !strings.Contains(err.Error(), "is "+test.here)) {
			t.Errorf("%s on %s: %v", test.platform, test.here, err)
		}
	}
}
