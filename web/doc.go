// Package web gives a browser everything it loads: two pages and the client, written as they are served.
//
// **Nothing comes from elsewhere.** The content security policy names this origin alone, without inline code and eval, and a
// test reads every file for the name of another.
//
// **Pages are never stored, assets for ever.** A page is a few hundred bytes that name the assets under a prefix with their
// hash; what stands under a prefix never changes, so browsers keep it without asking.
//
// **Opening a page changes nothing.** Neither page looks at who asks; what a link holds is in its fragment, which does not
// reach a server.
package web

import (
	"embed"
	"io/fs"
)

//go:embed static page.html
var embedded embed.FS

// client is the embedded client's folder.
func client() fs.FS {
	sub, err := fs.Sub(embedded, "static")
	if err != nil {
		panic(err) // "static" is a valid path
	}
	return sub
}
