package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// mimeTypes are the kinds of file that are served; others (type declarations, notes) stay unserved.
var mimeTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".json": "application/json",
	".mp3":  "audio/mpeg",
	".ogg":  "audio/ogg",
	".png":  "image/png",
	".svg":  "image/svg+xml",
	".wav":  "audio/wav",
	".webp": "image/webp",
}

func servable(name string) (mimeType string, ok bool) {
	if strings.HasSuffix(name, ".d.ts") {
		return "", false
	}
	mimeType, ok = mimeTypes[path.Ext(name)]
	return mimeType, ok
}

// tree is the client at one moment: its files and the hash over all of them.
type tree struct {
	hash  string // 16 hexadecimal digits; one for all, so that relative imports stay under it
	files map[string]*asset
}

type asset struct {
	mimeType string
	content  []byte
	// zipped is the content compressed with gzip, made when it is first asked for; nil where that saves nothing.
	zipped func() []byte
}

// readTree reads every servable file of a folder.
func readTree(folder fs.FS) (*tree, error) {
	t := &tree{files: map[string]*asset{}}
	sum := sha256.New()
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		mimeType, ok := servable(name)
		if !ok {
			return nil
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		t.files[name] = &asset{mimeType, content, sync.OnceValue(func() []byte { return compress(content) })}
		fmt.Fprintf(sum, "%d %s %d ", len(name), name, len(content))
		sum.Write(content)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the web client: %w", err)
	}
	t.hash = hex.EncodeToString(sum.Sum(nil)[:8])
	return t, nil
}

func compress(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is one of gzip's own
	}
	w.Write(content)
	w.Close()
	if out.Len() >= len(content) {
		return nil
	}
	return out.Bytes()
}

// serve answers with a file of the tree; whoever knows a path under the hash knows exactly this content.
func (t *tree) serve(w http.ResponseWriter, r *http.Request, name, cache string) {
	a := t.files[name]
	if a == nil {
		notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.mimeType)
	h.Set("Cache-Control", cache)
	h.Add("Vary", "Accept-Encoding")
	content := a.content
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		if zipped := a.zipped(); zipped != nil {
			h.Set("Content-Encoding", "gzip")
			content = zipped
		}
	}
	h.Set("Content-Length", fmt.Sprint(len(content)))
	if r.Method != http.MethodHead {
		w.Write(content)
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as browsers use it.
func acceptsGzip(values []string) bool {
	for _, value := range values {
		for coding := range strings.SplitSeq(value, ",") {
			name, weight, _ := strings.Cut(coding, ";")
			if strings.TrimSpace(name) == "gzip" {
				weight = strings.ReplaceAll(weight, " ", "")
				return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
			}
		}
	}
	return false
}

// staticImport finds the module that a top-level import or export names. Such statements begin a line; what JSDoc imports does not.
var staticImport = regexp.MustCompile(`(?m)^(?:import|export)\s+(?:[\w*$\s{},]+\sfrom\s+)?['"]([^'"]+)['"]`)

// modules are the entry and everything that it imports at start, nearest first: what a page tells the browser to fetch at once
// instead of finding it out import by import.
func (t *tree) modules(entry string) []string {
	found := []string{entry}
	for i := 0; i < len(found); i++ {
		a := t.files[found[i]]
		if a == nil {
			continue
		}
		for _, match := range staticImport.FindAllSubmatch(a.content, -1) {
			name := path.Join(path.Dir(found[i]), string(match[1]))
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	return found
}
