package mockservices

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"eaibench/integration_process"
)

// preparer prepares statements until one fails.
type preparer struct {
	ctx context.Context
	db  *sql.DB
	err error
}

func (p *preparer) prepare(query string) *sql.Stmt {
	if p.err != nil {
		return nil
	}
	statement, err := p.db.PrepareContext(p.ctx, query)
	if err != nil {
		p.err = fmt.Errorf("prepare %.60q: %w", query, err)
	}
	return statement
}

// reading is a description's read, prepared on the reading connections.
type reading struct {
	*integration_process.Read
	query *sql.Stmt
}

// writing is a description's write, prepared on the writing connection.
type writing struct {
	*integration_process.Write
	requirement *sql.Stmt // nil: nothing is required
	statements  []*sql.Stmt
	query       *sql.Stmt
}

func prepareReading(ctx context.Context, db *sql.DB, described *integration_process.Read) (*reading, error) {
	if described == nil {
		return nil, nil
	}
	p := preparer{ctx: ctx, db: db}
	r := &reading{Read: described, query: p.prepare(described.Reply.Query)}
	return r, p.err
}

func prepareWriting(ctx context.Context, db *sql.DB, described *integration_process.Write) (*writing, error) {
	if described == nil {
		return nil, nil
	}
	p := preparer{ctx: ctx, db: db}
	w := &writing{Write: described, query: p.prepare(described.Reply.Query)}
	if described.Requirement != nil {
		w.requirement = p.prepare(described.Requirement.Query)
	}
	for _, statement := range described.Statements {
		w.statements = append(w.statements, p.prepare(statement))
	}
	return w, p.err
}

// notMet is a refusal by the solution itself, not by a check: there is nothing to read, or a requirement does not hold.
type notMet string

func (n notMet) Error() string { return string(n) }

// timeLayout is that of SQLite's datetime(): UTC, whole seconds; it sorts as text.
const timeLayout = time.DateTime

// values are the named parameters of a statement.
type values map[string]any

func (v values) arguments() []any {
	arguments := make([]any, 0, len(v))
	for name, value := range v {
		arguments = append(arguments, sql.Named(name, value))
	}
	return arguments
}

// run carries the read out and returns the plain text of its reply.
func (r *reading) run(ctx context.Context, v values) ([]byte, error) {
	row, err := firstRow(ctx, r.query, v)
	if err != nil {
		return nil, err
	}
	return replyText(&r.Reply, row)
}

// run carries the write out inside the transaction and returns the plain text of its reply.
func (w *writing) run(ctx context.Context, tx *sql.Tx, v values) ([]byte, error) {
	if w.requirement != nil {
		row, err := firstRow(ctx, tx.StmtContext(ctx, w.requirement), v)
		if err != nil {
			return nil, fmt.Errorf("requirement: %w", err)
		}
		if row == nil {
			return nil, notMet(w.Requirement.Refusal)
		}
		for name, value := range row {
			v[name] = value
		}
	}
	for i, statement := range w.statements {
		if _, err := tx.StmtContext(ctx, statement).ExecContext(ctx, v.arguments()...); err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
	}
	row, err := firstRow(ctx, tx.StmtContext(ctx, w.query), v)
	if err != nil {
		return nil, err
	}
	return replyText(&w.Reply, row)
}

// firstRow returns the first row of a query by column name; nil when there is none.
func firstRow(ctx context.Context, statement *sql.Stmt, v values) (row values, err error) {
	rows, err := statement.QueryContext(ctx, v.arguments()...)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if !rows.Next() {
		return nil, rows.Err()
	}
	cells := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	row = make(values, len(columns))
	for i, column := range columns {
		row[column] = cells[i]
	}
	return row, nil
}

// replyText makes the JSON object that is sealed. Its errors name members, never what they hold.
func replyText(reply *integration_process.Reply, row values) ([]byte, error) {
	if row == nil {
		if reply.Refusal != "" {
			return nil, notMet(reply.Refusal)
		}
		return nil, errors.New("the reply's query has no row")
	}
	for name, kind := range reply.Members {
		var fits bool
		switch row[name].(type) {
		case string:
			fits = kind == integration_process.Text
		case int64:
			fits = kind == integration_process.Integer
		}
		if !fits {
			return nil, fmt.Errorf("member %q of the reply is not %s in the database", name, kind)
		}
	}
	if len(row) != len(reply.Members) {
		return nil, fmt.Errorf("the reply's query has %d columns, the reply %d members", len(row), len(reply.Members))
	}
	return json.Marshal(row)
}

// rehearse carries the description's examples out and takes them back, so that a description that does not fit its database is
// found when the service opens, not by its first request.
func (s *Service) rehearse(ctx context.Context) error {
	if s.reading != nil {
		v, err := s.reading.Parameters.Parse([]byte(s.reading.Example))
		if err == nil {
			_, err = s.reading.run(ctx, s.reserved(v, "example", "example", 1))
		}
		if err := unlessNotMet(err); err != nil {
			return fmt.Errorf("read of service %s: %w", s.description.Name, err)
		}
	}
	if s.writing != nil {
		if err := unlessNotMet(s.rehearseWrite()); err != nil {
			return fmt.Errorf("write of service %s: %w", s.description.Name, err)
		}
	}
	return nil
}

var errRehearsed = errors.New("rehearsed, not to be kept")

func (s *Service) rehearseWrite() error {
	parameters, err := s.writing.Parameters.Parse([]byte(s.writing.Example))
	if err != nil {
		return err
	}
	v := s.reserved(parameters, "example", "example", 1)
	if person := s.writing.Person; person != nil {
		v[person.Parameter] = person.Outcomes[slices.Min(outcomeNames(person))].Answer
	}
	err = s.data.transact(func(ctx context.Context, tx *sql.Tx) error {
		if _, err := s.writing.run(ctx, tx, v); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// unlessNotMet drops refusals by the solution: a database from outside may have no data for the example.
func unlessNotMet(err error) error {
	if _, refused := errors.AsType[notMet](err); refused {
		return nil
	}
	return err
}

// reserved adds the parameters that every statement has.
func (s *Service) reserved(parameters map[string]any, program, run string, sequence uint64) values {
	v := values(parameters)
	v["now"] = s.now().UTC().Format(timeLayout)
	v["program"], v["run"], v["sequence"] = program, run, int64(sequence)
	return v
}
