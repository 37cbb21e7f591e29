package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/receipt"
)

// forgotten is how long anything of a room may last after its end.
const forgotten = 5 * time.Second

// get reads what the node publishes.
func get(s *site, path string, into any) {
	s.t.Helper()
	resp, err := s.admin.Get(s.node.Origin() + path)
	must(s.t, err)
	defer resp.Body.Close()
	equal(s.t, "status of "+path, resp.StatusCode, http.StatusOK)
	must(s.t, json.NewDecoder(resp.Body).Decode(into))
}

// ask asks for a receipt as a page does.
func ask(s *site, token string) (status int, body []byte) {
	s.t.Helper()
	resp, err := s.admin.Post(s.node.Origin()+"/api/v1/receipts", "application/json", strings.NewReader(fmt.Sprintf(`{"token":%q}`, token)))
	must(s.t, err)
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	must(s.t, err)
	return resp.StatusCode, body
}

func kinds(r receipt.Signed) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, d := range r.Receipt.Deleted {
			if !yield(d.What) {
				return
			}
		}
	}
}

// In a sealed call an incident stops everything between everybody; afterwards everything passes again, under new keys.
func TestIncidentInACall(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, _ := counselled(s, 2)
	anna, ben := others[0], others[1]
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	noted, err := counsellor.Incident(ctx)
	must(t, err)
	if noted.Pseudonym == "" || noted.Policy != lobby.DefaultPolicy {
		t.Errorf("noted: %+v", noted)
	}
	nothing(counsellor, both, []*person{anna, ben}, func() {})
	nothing(anna, both, []*person{counsellor, ben}, func() {})
	must(t, counsellor.IncidentOver(ctx))
	meet(counsellor, anna, ben)
}
