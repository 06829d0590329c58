package mockservices

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// turns lets as many work at the same time as it has places, and the others in the order in which they came: SQLite's own lock
// would have them poll, database/sql picks one of those who wait at random, and either shows as a long tail of slow requests.
type turns chan struct{}

func (t turns) take() (give func()) {
	t <- struct{}{}
	return func() { <-t }
}

// read runs work, which only reads, in its turn. Like write and transact it has no context of the request's: work is short, and
// what has begun runs to its end, so that no request is half carried out because its sender hung up.
func (d *data) read(work func(ctx context.Context) error) error {
	defer d.readTurns.take()()
	return work(context.Background())
}

// write runs work on the writing connection in its turn.
func (d *data) write(work func(ctx context.Context) error) error {
	defer d.writeTurn.take()()
	return work(context.Background())
}

// transact runs work in one immediate transaction in its turn. An error of work takes back what it did.
func (d *data) transact(work func(ctx context.Context, tx *sql.Tx) error) error {
	return d.write(func(ctx context.Context) error {
		connection, err := d.writer.Conn(ctx)
		if err != nil {
			return fmt.Errorf("take the writing connection: %w", err)
		}
		defer connection.Close()
		return transactOn(ctx, connection, work)
	})
}

func transactOn(ctx context.Context, connection *sql.Conn, work func(ctx context.Context, tx *sql.Tx) error) error {
	tx, err := connection.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	if err := work(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}
