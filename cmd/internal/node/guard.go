package node

import (
	"fmt"
	"net/http"
	"runtime/debug"
)

// guarded keeps a panic in one request to that request: it is counted, logged without what it was about, and answered 500.
func (n *Node) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch recovered := recover(); recovered {
			case nil:
			case http.ErrAbortHandler: // a handler's way to drop the connection
				panic(recovered)
			default:
				n.fault("request", recovered)
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// fault counts a panic and logs where it was. Its value may hold anything and is not logged.
func (n *Node) fault(in string, recovered any) {
	n.panics.Add(1)
	n.log.Error("panic", "in", in, "kind", fmt.Sprintf("%T", recovered), "stack", string(debug.Stack()))
}
