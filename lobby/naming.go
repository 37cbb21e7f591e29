package lobby

// NameRule is what a person who does not moderate may be called by a name of his own typing. Such a name is sealed end to end and no server reads
// it: the pages keep the rule, those of who reads as well (web/static/e2ee/README.md, "Names"). The counsellor's label stands above it everywhere.
type NameRule string

// The rules. What somebody types is never required.
const (
	NamesFree      NameRule = "free"       // as the person likes
	NamesReference NameRule = "reference"  // a name or the number of the case
	NamesFirst     NameRule = "first_name" // the first name is asked for
	NamesInitials  NameRule = "initials"   // at most four letters or digits
	NamesNone      NameRule = "none"       // nothing is asked, and nothing is shown that was typed all the same
)

// Valid reports whether it is one of the rules.
func (r NameRule) Valid() bool {
	switch r {
	case NamesFree, NamesReference, NamesFirst, NamesInitials, NamesNone:
		return true
	}
	return false
}
