package mockservices

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"math/bits"
)

// draw returns a number from 0 to n-1 that depends on nothing but its arguments: the high half of n times the first 64 bits of
// SHA-256 over seed, row and label. Its bias is below n/2⁶⁴.
func draw(seed uint64, label string, row int64, n uint64) uint64 {
	buffer := make([]byte, 16, 64)
	binary.BigEndian.PutUint64(buffer, seed)
	binary.BigEndian.PutUint64(buffer[8:], uint64(row))
	hash := sha256.Sum256(append(buffer, label...))
	high, _ := bits.Mul64(binary.BigEndian.Uint64(hash[:]), n)
	return high
}

// drawFunction is draw(label, row, n) as a seed script calls it.
func drawFunction(seed uint64, args []driver.Value) (driver.Value, error) {
	label, isText := args[0].(string)
	row, isRow := args[1].(int64)
	n, isNumber := args[2].(int64)
	if !isText || !isRow || !isNumber || n < 1 {
		return nil, errors.New("draw wants (label text, row integer, n integer from 1)")
	}
	return int64(draw(seed, label, row, uint64(n))), nil
}
