package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"sync"
)

// Config of a Site.
type Config struct {
	// Dir serves the client from this folder, read anew for every page, instead of the embedded one.
	Dir string
	// Service and Phone stand on a page that cannot run its code.
	Service, Phone string
	// Lang is the language of a page until its code has chosen one.
	Lang string
}

// Site serves pages and assets.
type Site struct {
	config Config
	page   *template.Template
	tree   func() (*tree, error)
}

// page is one of the three: its entry module and its style sheets, in order.
type page struct {
	entry  string
	styles []string
	// neutral: its title says nothing of counselling, until its code knows that it may.
	neutral bool
}

// portalPage is what counsellors see, the call included; joinPage what invited people see.
func portalPage() page {
	return page{entry: "portal.js", styles: append(append(callStyles(), "style/tile.css", "style/stage.css", "style/call.css", "style/panels.css"), "style/portal.css", "style/invitation.css")}
}

func joinPage() page {
	return page{entry: "app.js", styles: append(callStyles(), "style/exit.css"), neutral: true}
}

// officePage is what an office's IT department sees: whether its network lets calls through.
func officePage() page {
	return page{entry: "office.js", styles: []string{
		"style/tokens.css", "style/base.css", "style/controls.css", "style/reading.css", "style/page.css", "style/portal.css", "style/office.css",
	}}
}

// callStyles are the style sheets of everything that leads to a call. Later ones may refine earlier ones. Those of the call itself come
// with its code (web/static/screens/call.js) to who is invited.
func callStyles() []string {
	return []string{
		"style/tokens.css", "style/base.css", "style/controls.css", "style/dialog.css", "style/reading.css", "style/page.css",
		"style/waiting.css",
	}
}

// New returns a site. With Dir it fails when the folder cannot be read.
func New(c Config) (*Site, error) {
	s := &Site{config: c, page: template.Must(template.ParseFS(embedded, "page.html"))}
	if c.Dir == "" {
		s.tree = sync.OnceValues(func() (*tree, error) { return readTree(client()) })
		return s, nil
	}
	s.tree = func() (*tree, error) { return readTree(os.DirFS(c.Dir)) }
	if _, err := s.tree(); err != nil {
		return nil, err
	}
	return s, nil
}

// Routes adds the pages, the assets and robots.txt to a mux.
func (s *Site) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.servePage(portalPage()))
	mux.HandleFunc("GET /setup", s.servePage(portalPage()))
	mux.HandleFunc("GET /j", s.servePage(joinPage()))
	mux.HandleFunc("GET /code", s.servePage(joinPage()))
	mux.HandleFunc("GET /network", s.servePage(officePage()))
	mux.HandleFunc("GET /netz", s.servePage(officePage()))
	mux.HandleFunc("GET /a/{hash}/{name...}", s.serveAsset)
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("User-agent: *\nDisallow: /\n"))
	})
	mux.HandleFunc("/", notFound)
}

// servePage renders the page once, when it is first asked for; that of a folder every time.
func (s *Site) servePage(p page) http.HandlerFunc {
	render := func() ([]byte, error) { return s.render(p) }
	if s.config.Dir == "" {
		render = sync.OnceValues(render)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		html, err := render()
		if err != nil {
			http.Error(w, "the page cannot be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(html)
	}
}

func (s *Site) render(p page) ([]byte, error) {
	t, err := s.tree()
	if err != nil {
		return nil, err
	}
	prefix := "/a/" + t.hash + "/"
	view := struct {
		Lang, Title, Service, Phone, Entry string
		Styles, Modules                    []string
	}{
		Lang: s.config.Lang, Title: "Anteroom", Service: s.config.Service, Phone: s.config.Phone, Entry: prefix + p.entry,
	}
	if p.neutral {
		if view.Title = "Notes"; view.Lang == "de" {
			view.Title = "Notizen"
		}
	}
	for _, name := range p.styles {
		view.Styles = append(view.Styles, prefix+name)
	}
	for _, name := range t.modules(p.entry) {
		view.Modules = append(view.Modules, prefix+name)
	}
	var out bytes.Buffer
	if err := s.page.Execute(&out, view); err != nil {
		return nil, fmt.Errorf("rendering a page: %w", err)
	}
	return out.Bytes(), nil
}

func (s *Site) serveAsset(w http.ResponseWriter, r *http.Request) {
	t, err := s.tree()
	if err != nil || r.PathValue("hash") != t.hash && s.config.Dir == "" {
		notFound(w, r)
		return
	}
	cache := "public, max-age=31536000, immutable"
	if s.config.Dir != "" {
		// The folder may change between a page and its assets: whatever is there now is served, and not kept.
		cache = "no-store"
	}
	t.serve(w, r, r.PathValue("name"), cache)
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "There is nothing at this address.", http.StatusNotFound)
}
