package turn

import (
	"testing"

	"github.com/pion/stun/v3"
)

func TestClaims(t *testing.T) {
	message := func(s ...stun.Setter) []byte {
		return stun.MustBuild(append([]stun.Setter{stun.TransactionID}, s...)...).Raw
	}
	for name, c := range map[string]struct {
		b    []byte
		want bool
	}{
		"a binding request":         {message(stun.BindingRequest, stun.Fingerprint), true},
		"a connectivity check":      {message(stun.BindingRequest, stun.NewSoftware("abc"), stun.NewUsername("a:b"), stun.Fingerprint), false},
		"a check's answer":          {message(stun.BindingSuccess), false},
		"a keepalive":               {message(stun.NewType(stun.MethodBinding, stun.ClassIndication)), false},
		"Allocate":                  {message(stun.NewType(stun.MethodAllocate, stun.ClassRequest)), true},
		"a Send indication":         {message(stun.NewType(stun.MethodSend, stun.ClassIndication)), true},
		"ChannelBind":               {message(stun.NewType(stun.MethodChannelBind, stun.ClassRequest)), true},
		"another method":            {message(stun.NewType(stun.Method(0x7f), stun.ClassRequest)), false},
		"channel data":              {channelData(0x4000, "x"), true},
		"a reserved channel":        {channelData(0x5000, "x"), false},
		"DTLS":                      {[]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, false},
		"RTP":                       {[]byte{128, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, false},
		"STUN of before the cookie": {make([]byte, 20), false},
		"nothing":                   {nil, false},
		"three bytes":               {[]byte{0x40, 0, 0}, false},
		"attributes that run over":  {append(message(stun.BindingRequest), 0, 1, 0xff, 0xff), true},
	} {
		if got := Claims(c.b); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Whatever comes, nothing panics, and a check of the engine's is never taken.
func FuzzClaims(f *testing.F) {
	f.Add(stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername("a:b")).Raw)
	f.Add(channelData(0x4001, "data"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &stun.Message{Raw: append([]byte(nil), b...)}
		if Claims(b) && m.Decode() == nil && m.Type.Method == stun.MethodBinding && m.Contains(stun.AttrUsername) {
			t.Errorf("a check was taken: %x", b)
		}
	})
}
