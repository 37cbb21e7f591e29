package node

import (
	"encoding/json"
	"net/http"
	"strings"
)

// serveReceiptKey publishes what verifies the receipts of this installation: `anteroom receipt verify` and anybody's Ed25519.
func (n *Node) serveReceiptKey(w http.ResponseWriter, _ *http.Request) {
	body, err := json.Marshal(n.receipts.Signer.Public())
	if err != nil {
		panic(err) // plain values
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Write(append(body, '\n'))
}

// printed is a version as receipts name it: whatever stands in a build is no reason for having none.
func printed(version string) string {
	s := strings.Map(func(r rune) rune {
		if r < 0x7f && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(".+_-", r)) {
			return r
		}
		return '_'
	}, version)
	if s == "" {
		return "unknown"
	}
	return s[:min(len(s), 80)]
}
