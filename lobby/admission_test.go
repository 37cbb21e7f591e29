package lobby

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func states() []State {
	return []State{Invited, Waiting, Admitted, Reconnecting, Left, Declined, Removed}
}

func actions() []Action {
	return []Action{Arrive, Admit, Decline, Knock, Disconnect, Reconnect, Leave, Reenter, PutBack, Remove}
}

// The table of DESIGN section 5, written down a second time: every step that exists, and nothing else.
func TestNextEdges(t *testing.T) {
	allowed := map[State]map[Action]State{
		Invited:      {Arrive: Waiting, Remove: Removed},
		Waiting:      {Admit: Admitted, Decline: Declined, Leave: Invited, Remove: Removed},
		Declined:     {Knock: Waiting, Leave: Invited, Remove: Removed},
		Admitted:     {Disconnect: Reconnecting, Leave: Left, PutBack: Waiting, Remove: Removed},
		Reconnecting: {Reconnect: Admitted, Leave: Left, PutBack: Waiting, Remove: Removed},
		Left:         {Arrive: Waiting, Reenter: Admitted, Remove: Removed},
		Removed:      {},
	}
	for _, from := range append(states(), "", "unknown") {
		for _, action := range append(actions(), "", "unknown") {
			got, err := Next(from, action)
			to, ok := allowed[from][action]
			if ok && (err != nil || got != to) {
				t.Errorf("%s + %s: got %s, %v, want %s", from, action, got, err, to)
			}
			if !ok {
				var refused *TransitionError
				if !errors.As(err, &refused) || !errors.Is(err, ErrWrongState) || got != from {
					t.Errorf("%s + %s: got %s, %v, want a refusal in place", from, action, got, err)
				}
			}
		}
	}
}

// Promises 2 and 7 over random sequences: inside is only who was let in by Admit and not sent out since; removed is final.
func TestNobodyInsideWithoutAdmit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, letIn := Invited, false
		for _, action := range rapid.SliceOf(rapid.SampledFrom(actions())).Draw(t, "actions") {
			next, err := Next(state, action)
			if err != nil {
				continue
			}
			switch action {
			case Admit:
				letIn = true
			case PutBack, Decline, Remove, Arrive:
				letIn = false
			}
			if state == Removed {
				t.Fatalf("%s led out of removed", action)
			}
			if next.Inside() && !letIn {
				t.Fatalf("%s in %s let somebody in whom no counsellor had admitted", action, state)
			}
			state = next
		}
	})
}

func TestRoles(t *testing.T) {
	for _, role := range append(Roles(), "", "admin") {
		moderator := role == RoleCounsellor || role == RoleCoCounsellor
		if role.Moderates() != moderator {
			t.Errorf("%q moderates: %v", role, role.Moderates())
		}
	}
	if Role("admin").Valid() || Role("").Valid() || !RoleClient.Valid() {
		t.Error("validity of roles")
	}
}

func TestMayReenter(t *testing.T) {
	left := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	ten := Policy{Reentry: 10 * time.Minute}
	for _, c := range []struct {
		name   string
		policy Policy
		left   time.Time
		after  time.Duration
		device bool
		want   bool
	}{
		{"at once", ten, left, 0, true, true},
		{"just in time", ten, left, 10*time.Minute - 1, true, true},
		{"too late", ten, left, 10 * time.Minute, true, false},
		{"another device", ten, left, 0, false, false},
		{"policy without", Policy{}, left, 0, true, false},
		{"clock set back", ten, left, -time.Second, true, false},
		{"never left", ten, time.Time{}, 0, true, false},
	} {
		if got := MayReenter(c.policy, c.left, left.Add(c.after), c.device); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}
