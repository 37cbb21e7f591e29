package doctor

import (
	"net"
	"testing"

	"github.com/pion/stun/v3"
)

// A media port that is told over IPv6 is tried over IPv6.
func TestSTUNOverIPv6(t *testing.T) {
	server, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		b := make([]byte, 1500)
		_, from, err := server.ReadFrom(b)
		if err == nil {
			a := from.(*net.UDPAddr)
			var m *stun.Message
			if m, err = stun.Build(stun.NewTransactionIDSetter(transaction(b)), stun.BindingSuccess, &stun.XORMappedAddress{IP: a.IP, Port: a.Port}); err == nil {
				_, err = server.WriteTo(m.Raw, from)
			}
		}
		answered <- err
	}()
	if err := mapped(t.Context(), server.LocalAddr().String()); err != nil {
		t.Errorf("asked over IPv6: %v", err)
	}
	_ = server.Close()
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

// transaction is the id of a STUN message (RFC 8489 section 5).
func transaction(b []byte) (id [stun.TransactionIDSize]byte) {
	copy(id[:], b[8:])
	return id
}
