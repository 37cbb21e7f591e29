package lobby

import "slices"

// Role says what a person is in a room. It comes from the link or the account alone: never from the order of arrival,
// from a name, or from who is left.
type Role string

// The roles, as they stand on the wire and in the store.
const (
	RoleCounsellor   Role = "counsellor"
	RoleCoCounsellor Role = "co-counsellor"
	RoleInterpreter  Role = "interpreter"
	// RoleSpecialist is somebody of another service, as a colleague: with an own link, admitted as everybody, without a right to admit or moderate.
	RoleSpecialist Role = "specialist"
	RoleCompanion  Role = "companion"
	RoleClient     Role = "client"
)

// Roles returns every role, the ones that moderate first.
func Roles() []Role {
	return []Role{RoleCounsellor, RoleCoCounsellor, RoleSpecialist, RoleInterpreter, RoleCompanion, RoleClient}
}

// Valid reports whether r is one of them.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Lendable reports whether somebody in this role may be marked to be handed moderation for a while: never a client, and nobody who has it.
func (r Role) Lendable() bool {
	return r == RoleSpecialist || r == RoleInterpreter || r == RoleCompanion
}

// Moderates reports whether the role may admit, decline, put back, remove, mute, hold and end.
func (r Role) Moderates() bool { return r == RoleCounsellor || r == RoleCoCounsellor }
