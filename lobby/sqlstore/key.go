package sqlstore

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyHeader begins the key file, so that a wrong file is told from a damaged one.
const keyHeader = "anteroom store key v1\n"

// keys are what the key file's 32 random bytes derive.
type keys struct {
	seal   []byte // AES-256-GCM
	lookup []byte // HMAC-SHA-256
}

// loadKeys reads the key file. When it is missing and may be made (the store is new) it makes one.
func loadKeys(path string, mayMake bool) (keys, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if !mayMake {
			return keys{}, &ProblemError{File: path, Problem: "is missing, and the store cannot be read without it",
				Remedy: "put the key file back, or move the store's files away to begin with an empty store", Err: err}
		}
		if err = makeKey(path); err == nil {
			content, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return keys{}, &ProblemError{File: path, Problem: "(the store's key file) cannot be read or made",
			Remedy: "make its folder writable for this user, or name another place for the key file", Err: err}
	}
	secret, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(bytes.TrimPrefix(content, []byte(keyHeader)))))
	if !bytes.HasPrefix(content, []byte(keyHeader)) || err != nil || len(secret) != 32 {
		return keys{}, &ProblemError{File: path, Problem: "is not a key file of this store",
			Remedy: "put the right key file back, or name its place"}
	}
	return deriveKeys(secret)
}

func deriveKeys(secret []byte) (k keys, err error) {
	if k.seal, err = hkdf.Key(sha256.New, secret, nil, "anteroom store seal v1", 32); err != nil {
		return keys{}, err
	}
	k.lookup, err = hkdf.Key(sha256.New, secret, nil, "anteroom store lookup v1", 32)
	return k, err
}

// makeKey writes a fresh key. The file appears whole or not at all, and never replaces another one.
func makeKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	temp, err := os.CreateTemp(dir, ".anteroom-key-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = fmt.Fprintf(temp, "%s%s\n", keyHeader, base64.StdEncoding.EncodeToString(secret))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	// CreateTemp made it 0600. A link fails where a rename would replace a key that another process made meanwhile.
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// syncDir makes new names in a folder survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
