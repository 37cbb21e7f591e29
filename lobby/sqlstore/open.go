package sqlstore

import (
	"fmt"
)

// Config says where a store lies.
type Config struct {
	// Dir is the state folder; it is made if it is missing (mode 0700). The store's file in it is anteroom.db.
	Dir string
	// KeyFile is the file with the key, made if it is missing together with the store (mode 0600). It must not lie in Dir,
	// which gets copied into backups. Empty: the name of Dir with ".key" added, beside it.
	KeyFile string
}

// ProblemError is a store that cannot be used as it is: a sentence for the operator.
type ProblemError struct {
	// File is what the problem is with.
	File string
	// Problem is what is wrong with it, and Remedy what to do.
	Problem, Remedy string
	// Err is the cause, if there is one.
	Err error
}

func (e *ProblemError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.File, e.Problem, e.Remedy)
}

func (e *ProblemError) Unwrap() error { return e.Err }
