package mockservices

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

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

// quoted is an SQL identifier.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
