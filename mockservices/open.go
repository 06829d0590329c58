package mockservices

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"modernc.org/sqlite"
)

// readers is how many connections read at the same time.
const readers = 8

// connector opens connections to one SQLite file, with draw bound to one seed. It has its own driver, since functions of the
// package-level one are the whole program's.
type connector struct {
	driver *sqlite.Driver
	dsn    string
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c *connector) Driver() driver.Driver                        { return c.driver }

// openFile opens an SQLite file with the given parameters of the DSN.
func openFile(path string, seed uint64, parameters url.Values) (*sql.DB, error) {
	own := new(sqlite.Driver)
	err := own.RegisterDeterministicScalarFunction("draw", 3,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			return drawFunction(seed, args)
		})
	if err != nil {
		return nil, fmt.Errorf("register draw: %w", err)
	}
	parameters.Set("_dqs", "0") // a misspelt column is an error, not a text
	dsn := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: parameters.Encode()}
	return sql.OpenDB(&connector{own, dsn.String()}), nil
}

// openWriter opens the only connection that writes. Commits survive the end of the process at once, and a loss of power from the next checkpoint on: effect and sequence
// number are lost together or not at all.
func openWriter(path string, seed uint64) (*sql.DB, error) {
	db, err := openFile(path, seed, url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "temp_store(MEMORY)"},
		"_txlock": {"immediate"},
	})
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// openReaders opens the connections that cannot write.
func openReaders(path string, seed uint64) (*sql.DB, error) {
	db, err := openFile(path, seed, url.Values{"_pragma": {"busy_timeout(10000)", "query_only(true)"}})
	if err == nil {
		db.SetMaxOpenConns(readers)
		db.SetMaxIdleConns(readers)
	}
	return db, err
}

// createPrivate makes an empty file that its owner alone can read, unless there is one already; SQLite gives its companions
// the same mode.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return file.Close()
}

// querier is a database, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// texts returns the only column of a query.
func texts(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
