//go:build !linux

package doctor

const bookkeeping = 1
