package mockservices

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// ownTables are added to every database; no table of a solution begins with eaibench_. The origin says whether the data is
// seeded, and how, or came from outside. The sequence is sealing.md's state; a reset of the data leaves it as it is. It has row
// numbers: without them SQLite would read whole answers, which may have many megabytes, to compare keys.
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
);
CREATE INDEX IF NOT EXISTS eaibench_sequence_expires ON eaibench_sequence (expires);
`

// Kinds of origin.
const (
	seeded  = "seeded"
	outside = "outside"
)

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
			return fmt.Errorf("it has no table %s: this is not a database of service %s; move it away to have one made", table, d.service.Name)
		}
		for _, column := range want {
			if !slices.Contains(have, column) {
				return fmt.Errorf("its table %s has no column %s: this is not a database of service %s; move it away to have one made", table, column, d.service.Name)
			}
		}
	}
	return nil
}
