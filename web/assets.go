package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
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
	// packed is the content in each content coding that is worth it, the smallest first.
	packed []packed
}

// packed is a content in one coding (RFC 9110 section 8.4.1). It is made when it is first asked for; nil where it saves nothing.
type packed struct {
	coding  string
	content func() []byte
}

func pack(content []byte) []packed {
	var all []packed
	for coding, writer := range codings() {
		all = append(all, packed{coding, sync.OnceValue(func() []byte { return compress(content, writer) })})
	}
	return all
}

// codings gives the ways to compress, the best first.
func codings() iter.Seq2[string, func(io.Writer) io.WriteCloser] {
	return func(yield func(string, func(io.Writer) io.WriteCloser) bool) {
		_ = yield("br", func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotliLevel) }) &&
			yield("gzip", func(w io.Writer) io.WriteCloser {
				zip, err := gzip.NewWriterLevel(w, gzip.BestCompression)
				if err != nil {
					panic(err) // the level is one of gzip's own
				}
				return zip
			})
	}
}

// brotliLevel is where more costs ten times as much and saves little.
const brotliLevel = 9

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
		t.files[name] = &asset{mimeType, content, pack(content)}
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

func compress(content []byte, writer func(io.Writer) io.WriteCloser) []byte {
	var out bytes.Buffer
	w := writer(&out)
	w.Write(content) // a buffer takes everything
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
	for _, p := range a.packed {
		if !accepts(r.Header.Values("Accept-Encoding"), p.coding) {
			continue
		}
		if smaller := p.content(); smaller != nil {
			h.Set("Content-Encoding", p.coding)
			content = smaller
			break
		}
	}
	h.Set("Content-Length", fmt.Sprint(len(content)))
	if r.Method != http.MethodHead {
		w.Write(content)
	}
}

// accepts reads Accept-Encoding (RFC 9110 section 12.5.3) as far as browsers use it.
func accepts(values []string, wanted string) bool {
	for _, value := range values {
		for coding := range strings.SplitSeq(value, ",") {
			name, weight, _ := strings.Cut(coding, ";")
			if strings.TrimSpace(name) == wanted {
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
