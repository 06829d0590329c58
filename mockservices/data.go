package mockservices

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"eaibench/integration_process"
)

// data is a service's database and how it is filled. Beside the database stands its first state (".seed"), from which a reset
// takes it: much faster than to fill it anew, and the only way for a database that came from outside.
type data struct {
	path    string
	service *integration_process.Service
	seed    uint64
	sizes   map[string]int64
	writer  *sql.DB
	readers *sql.DB
	outside bool

	readTurns turns
	writeTurn turns
}

func (d *data) firstState() string { return d.path + ".seed" }

// openData opens the database, made and filled where it is missing, or filled again where it was seeded otherwise.
func openData(ctx context.Context, path string, service *integration_process.Service, seed uint64, sizes map[string]int64) (*data, error) {
	d := &data{
		path: path, service: service, seed: seed, sizes: sizes,
		readTurns: make(turns, readers), writeTurn: make(turns, 1),
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	var err error
	if d.writer, err = openWriter(path, seed); err != nil {
		return nil, err
	}
	if err = d.prepare(ctx); err == nil {
		d.readers, err = openReaders(path, seed)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), d.close())
	}
	return d, nil
}

func (d *data) close() error {
	var err error
	if d.readers != nil {
		err = d.readers.Close()
	}
	return errors.Join(err, d.writer.Close())
}

// prepare brings tables, first state and data into agreement with the description, the seed and the sizes.
func (d *data) prepare(ctx context.Context) error {
	tables, err := dataTables(ctx, d.writer, "main")
	if err != nil {
		return err
	}
	kind, fingerprint, err := origin(ctx, d.writer)
	if err != nil {
		return err
	}
	if kind == "" && len(tables) > 0 {
		return d.adopt(ctx)
	}
	if kind == outside {
		d.outside = true
		if _, err := os.Stat(d.firstState()); err != nil {
			return fmt.Errorf("its first state cannot be read, which a reset needs: %w; bring it back, or DROP TABLE eaibench_origin to take the present state as the first", err)
		}
		return d.checkColumns(ctx)
	}
	if err := d.makeFirstState(ctx); err != nil {
		return err
	}
	// In one transaction, so that a database half made is not taken for one from outside the next time.
	err = d.transact(func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, d.service.Schema+";"+ownTables); err != nil {
			return fmt.Errorf("make the schema: %w", err)
		}
		return setOrigin(ctx, tx, seeded, fingerprint)
	})
	if err != nil {
		return err
	}
	if err := d.checkColumns(ctx); err != nil {
		return err
	}
	if fingerprint == d.fingerprint() {
		return nil
	}
	return d.reset()
}

// adopt takes over a database that was made elsewhere: its present state is the first.
func (d *data) adopt(ctx context.Context) error {
	d.outside = true
	if err := d.checkColumns(ctx); err != nil {
		return err
	}
	if _, err := d.writer.ExecContext(ctx, d.service.Schema+";"+ownTables); err != nil {
		return fmt.Errorf("add indexes and tables of our own: %w", err)
	}
	fresh := d.firstState() + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove an unfinished first state: %w", err)
	}
	if err := createPrivate(fresh); err != nil {
		return err
	}
	if _, err := d.writer.ExecContext(ctx, "VACUUM INTO ?", fresh); err != nil {
		return fmt.Errorf("keep the first state: %w", err)
	}
	if err := os.Rename(fresh, d.firstState()); err != nil {
		return fmt.Errorf("keep the first state: %w", err)
	}
	return setOrigin(ctx, d.writer, outside, "")
}

// fingerprint tells one filling from another.
func (d *data) fingerprint() string {
	text, err := json.Marshal([]any{d.service.Schema, d.service.Seed, d.seed, d.sizes})
	if err != nil {
		panic("texts and numbers are always marshalled: " + err.Error())
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}

// makeFirstState fills a new file from the seed, unless it is there already; the file appears whole or not at all.
func (d *data) makeFirstState(ctx context.Context) error {
	if there, err := d.hasFirstState(ctx); err != nil || there {
		return err
	}
	fresh := d.firstState() + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove an unfinished first state: %w", err)
	}
	if err := createPrivate(fresh); err != nil {
		return err
	}
	if err := d.fill(ctx, fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, d.firstState()); err != nil {
		return fmt.Errorf("keep the first state: %w", err)
	}
	return nil
}

func (d *data) hasFirstState(ctx context.Context) (there bool, err error) {
	if _, err := os.Stat(d.firstState()); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	db, err := openFile(d.firstState(), d.seed, map[string][]string{"mode": {"ro"}})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, fingerprint, err := origin(ctx, db)
	return fingerprint == d.fingerprint(), err
}

// fill runs schema and seed script on an empty file.
func (d *data) fill(ctx context.Context, path string) (err error) {
	// Without a journal: an unfinished file is thrown away.
	db, err := openFile(path, d.seed, map[string][]string{"_pragma": {"journal_mode(OFF)", "temp_store(MEMORY)"}})
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, d.service.Schema+";"+ownTables); err != nil {
		return fmt.Errorf("make the schema: %w", err)
	}
	var sizes []any
	for name, size := range d.sizes {
		sizes = append(sizes, sql.Named(name, size))
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if strings.TrimSpace(d.service.Seed) != "" {
		if _, err := tx.ExecContext(ctx, d.service.Seed, sizes...); err != nil {
			return errors.Join(fmt.Errorf("seed: %w", err), tx.Rollback())
		}
	}
	if err := setOrigin(ctx, tx, seeded, d.fingerprint()); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
