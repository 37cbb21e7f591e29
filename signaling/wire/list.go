package wire

import "encoding/json"

// List is a list that is a list on the wire also when it is nil, where encoding/json would write null.
type List[T any] []T

func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}
