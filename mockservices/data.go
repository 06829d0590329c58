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
	"slices"
	"strings"

	"eaibench/integration_process"
)

// ownTables are added to every database; no table of a solution begins with eaibench_. The origin says whether the data is seeded, and how, or came from outside. The
// sequence is sealing.md's state; a reset of the data leaves it as it is.
const ownTables = `
CREATE TABLE IF NOT EXISTS eaibench_origin (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  kind        TEXT NOT NULL,
  fingerprint TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS eaibench_sequence (
  process_certificate BLOB PRIMARY KEY,
  expires             INTEGER NOT NULL,
  sequence            INTEGER NOT NULL,
  request_hash        BLOB NOT NULL,
  signature           BLOB NOT NULL,
  status              INTEGER NOT NULL,
  answer              BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS eaibench_sequence_expires ON eaibench_sequence (expires);
`

// Kinds of origin.
const (
	seeded  = "seeded"
	outside = "outside"
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
	// An unfinished file is thrown away, so that nothing need be safe on disk before the end.
	db, err := openFile(path, d.seed, map[string][]string{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "temp_store(MEMORY)"}})
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

// reset takes the data back to its first state in one transaction. The sequence state stays: a request carried out before has
// no second effect after.
func (d *data) reset() error {
	return d.write(func(ctx context.Context) (err error) {
		connection, err := d.writer.Conn(ctx)
		if err != nil {
			return fmt.Errorf("take the writing connection: %w", err)
		}
		defer connection.Close()
		if _, err := connection.ExecContext(ctx, "ATTACH ? AS first_state", d.firstState()); err != nil {
			return fmt.Errorf("open the first state: %w", err)
		}
		// Not left attached: every transaction would lock it.
		defer func() {
			_, detached := connection.ExecContext(ctx, "DETACH first_state")
			err = errors.Join(err, detached)
		}()
		return transactOn(ctx, connection, d.takeFirstState)
	})
}

// takeFirstState replaces the data by that of the attached first state.
func (d *data) takeFirstState(ctx context.Context, tx *sql.Tx) error {
	if err := withoutTriggers(ctx, tx, copyFirst); err != nil {
		return err
	}
	if d.outside {
		return nil
	}
	return setOrigin(ctx, tx, seeded, d.fingerprint())
}

// copyFirst replaces the content of every table by that of the attached first state.
func copyFirst(ctx context.Context, tx querier) error {
	tables, err := dataTables(ctx, tx, "first_state")
	if err != nil {
		return err
	}
	for _, table := range tables {
		// Generated columns are not listed, and must not be.
		columns, err := texts(ctx, tx, "SELECT name FROM pragma_table_info(?, 'first_state') ORDER BY cid", table)
		if err != nil {
			return err
		}
		for i := range columns {
			columns[i] = quoted(columns[i])
		}
		list := strings.Join(columns, ", ")
		_, err = tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM main.%[1]s; INSERT INTO main.%[1]s (%[2]s) SELECT %[2]s FROM first_state.%[1]s",
			quoted(table), list))
		if err != nil {
			return fmt.Errorf("reset table %s: %w", table, err)
		}
	}
	return nil
}

// withoutTriggers keeps a database's triggers, which one made elsewhere may have, from acting on what work does.
func withoutTriggers(ctx context.Context, tx querier, work func(context.Context, querier) error) error {
	names, err := texts(ctx, tx, "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY name")
	if err != nil {
		return err
	}
	scripts, err := texts(ctx, tx, "SELECT sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY name")
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "DROP TRIGGER main."+quoted(name)); err != nil {
			return err
		}
	}
	if err := work(ctx, tx); err != nil {
		return err
	}
	for _, script := range scripts {
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return err
		}
	}
	return nil
}

// origin reads where the data came from; kind is empty when nobody said.
func origin(ctx context.Context, q querier) (kind, fingerprint string, err error) {
	var there bool
	err = q.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'eaibench_origin'").Scan(&there)
	if err != nil {
		return "", "", fmt.Errorf("read: %w", err)
	}
	if !there {
		return "", "", nil
	}
	err = q.QueryRowContext(ctx, "SELECT kind, fingerprint FROM eaibench_origin").Scan(&kind, &fingerprint)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("read the data's origin: %w", err)
	}
	return kind, fingerprint, nil
}

func setOrigin(ctx context.Context, q querier, kind, fingerprint string) error {
	_, err := q.ExecContext(ctx, "INSERT OR REPLACE INTO eaibench_origin (id, kind, fingerprint) VALUES (1, ?, ?)", kind, fingerprint)
	if err != nil {
		return fmt.Errorf("record the data's origin: %w", err)
	}
	return nil
}

// dataTables lists the tables that hold data, not our own state, sorted. sqlite_sequence, where there is one, holds the row
// numbers that AUTOINCREMENT gave out; it is last, since filling the others changes it.
func dataTables(ctx context.Context, q querier, schema string) ([]string, error) {
	names, err := texts(ctx, q, "SELECT name FROM "+schema+`.sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'eaibench\_%' ESCAPE '\' AND (name = 'sqlite_sequence' OR name NOT LIKE 'sqlite\_%' ESCAPE '\')
ORDER BY name = 'sqlite_sequence', name`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	return names, nil
}

// checkColumns says which tables and columns of the schema the database lacks; it may have more.
func (d *data) checkColumns(ctx context.Context) (err error) {
	wanted, err := openFile(":memory:", d.seed, map[string][]string{})
	if err != nil {
		return err
	}
	wanted.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, wanted.Close()) }()
	if _, err := wanted.ExecContext(ctx, d.service.Schema); err != nil {
		return fmt.Errorf("schema of service %s: %w", d.service.Name, err)
	}
	tables, err := dataTables(ctx, wanted, "main")
	if err != nil {
		return err
	}
	const columnsOf = "SELECT lower(name) FROM pragma_table_info(?)"
	for _, table := range tables {
		want, err := texts(ctx, wanted, columnsOf, table)
		if err != nil {
			return err
		}
		have, err := texts(ctx, d.writer, columnsOf, table)
		if err != nil {
			return err
		}
		if len(have) == 0 {
			return fmt.Errorf("it has no table %s: this is not a database of service %s; delete it to have one made", table, d.service.Name)
		}
		for _, column := range want {
			if !slices.Contains(have, column) {
				return fmt.Errorf("its table %s has no column %s: this is not a database of service %s; delete it to have one made", table, column, d.service.Name)
			}
		}
	}
	return nil
}

// quoted is an SQL identifier.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
