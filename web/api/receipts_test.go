package api

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby/memstore"
	"github.com/anteroom-video/anteroom/lobby/receipt"
)

// receipt is one as live rooms make them.
func (f *fixture) receipt() receipt.Signed {
	f.t.Helper()
	signer, err := receipt.NewSigner(f.t.Context(), memstore.New())
	if err != nil {
		f.t.Fatal(err)
	}
	at := receipt.Rounded(time.UnixMilli(1_795_340_000_000))
	signed, err := signer.Sign(receipt.Receipt{
		Version: receipt.Version, Pseudonym: "ABCDEFGHIJKLMN", Software: "v0", Policy: "schule", Began: &at, Ended: at, Restarted: true,
		People: map[string]int{"client": 1}, Deleted: []receipt.Deleted{{What: "keys", At: at}},
		Stays: []receipt.Stay{{What: receipt.StaysPersons, Count: 1, Why: receipt.BecauseSeries}},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return signed
}

// A receipt is given once, to who has its token; nobody has to be signed in for it.
func TestAReceiptIsGivenOnce(t *testing.T) {
	f := newFixture(t)
	slip := f.desk.Open(f.now)
	anna, ben := slip.Promise(), slip.Promise()
	if code := f.want(503, "POST", "/receipts", object{"token": anna})["code"]; code != "unavailable" {
		t.Errorf("before it is made: %v", code)
	}
	slip.Fill(f.receipt())
	if got := f.want(200, "POST", "/receipts", object{"token": anna}); got["receipt"].(object)["pseudonym"] != "ABCDEFGHIJKLMN" {
		t.Errorf("the receipt: %v", got)
	}
	f.want(404, "POST", "/receipts", object{"token": anna})
	f.want(404, "POST", "/receipts", object{"token": ""})
	f.want(200, "POST", "/receipts", object{"token": ben})
}
