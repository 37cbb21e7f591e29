package memstore_test

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby/memstore"
	"github.com/anteroom-video/anteroom/lobby/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return memstore.New() })
}
