package mockservices

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/integration_process"
)

// dump is the content of every table that holds data, as text.
func dump(t testing.TB, db *sql.DB) string {
	t.Helper()
	tables, err := dataTables(t.Context(), db, "main")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, table := range tables {
		rows, err := db.Query("SELECT * FROM " + quoted(table) + " ORDER BY 1, 2")
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&text, table, columns)
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			if err := rows.Scan(cells...); err != nil {
				t.Fatal(err)
			}
			for _, cell := range cells {
				fmt.Fprintf(&text, "%v|", *cell.(*any))
			}
			fmt.Fprintln(&text)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	return text.String()
}

// number is the only number that a query returns.
func number(t testing.TB, s *Service, query string, args ...any) (n int64) {
	t.Helper()
	if err := s.data.readers.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func seededDump(t *testing.T, service string, seed uint64) string {
	t.Helper()
	description, err := retail(t).Service(service)
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := chosenSizes(description, smallSizes[service])
	if err != nil {
		t.Fatal(err)
	}
	d, err := openData(t.Context(), filepath.Join(t.TempDir(), description.Database), description, seed, sizes)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	return dump(t, d.writer)
}

func TestSameSeedSameData(t *testing.T) {
	for _, service := range []string{"store", "taxi"} {
		first := seededDump(t, service, 7)
		if first != seededDump(t, service, 7) {
			t.Errorf("%s: seed 7 gave two databases", service)
		}
		if first == seededDump(t, service, 8) {
			t.Errorf("%s: seeds 7 and 8 gave the same database", service)
		}
	}
}

func TestDrawIsEvenAndDependsOnAllItIsGiven(t *testing.T) {
	const n, rows = 10, 10_000
	var counts [n]int
	for row := range int64(rows) {
		counts[draw(1, "label", row, n)]++
	}
	for value, count := range counts {
		if count < rows/n*85/100 || count > rows/n*115/100 { // five standard deviations
			t.Errorf("%d was drawn %d times of %d", value, count, rows)
		}
	}
	const many = 1 << 60
	same := draw(1, "label", 1, many)
	if same != draw(1, "label", 1, many) {
		t.Error("the same arguments gave two numbers")
	}
	for _, other := range []uint64{draw(2, "label", 1, many), draw(1, "Label", 1, many), draw(1, "label", 2, many)} {
		if other == same {
			t.Error("other arguments gave the same number")
		}
	}
}

func TestDrawRefusesWhatIsNoRange(t *testing.T) {
	s := open(t, newTrust(t).options(t, "taxi"))
	for _, call := range []string{"draw('x', 1, 0)", "draw('x', 1, -1)", "draw(1, 1, 1)", "draw('x', 'y', 1)", "draw('x', 1, NULL)", "draw('x', 1)"} {
		var n int64
		if err := s.data.readers.QueryRow("SELECT " + call).Scan(&n); err == nil {
			t.Errorf("%s gave %d", call, n)
		}
	}
}

// The threshold is 150.00: whatever the seed, a scenario finds customers on both sides by name, and the newest sale above.
func TestCustomersLieAboveAndBelowTheThreshold(t *testing.T) {
	tr := newTrust(t)
	for _, seed := range []uint64{0, 1, 2, 1 << 63} {
		o := tr.options(t, "store")
		o.Seed, o.Sizes = seed, map[string]int64{"customers": 50, "sales": 200}
		s := open(t, o)
		c := tr.newCaller(t, s, "run-1")
		for i, test := range []struct {
			parameters string
			above      bool
		}{{`{}`, true}, {`{"customer":"Ana Souza"}`, true}, {`{"customer":"Bruno Souza"}`, false}} {
			reply := c.ask(t, s, "read", uint64(i+1), test.parameters)
			if cents := reply["total_cents"].(float64); (cents > 15000) != test.above {
				t.Errorf("seed %d, %s: the bill is %v cents", seed, test.parameters, cents)
			}
		}
		if n := number(t, s, `SELECT count(*) FROM Vendas JOIN Clientes USING (IDCliente) WHERE (Total > 150) <> (IDCliente % 2 = 1)`); n != 0 {
			t.Errorf("seed %d: %d sales are on the other side of the threshold than their customer", seed, n)
		}
	}
}

func TestTotalsAreTheSumOfTheirItems(t *testing.T) {
	o := newTrust(t).options(t, "store")
	o.Sizes = map[string]int64{"customers": 1100, "sales": 1200}
	s := open(t, o)
	if _, err := s.data.writer.Exec("CREATE INDEX by_sale ON ItensVenda (IDVenda)"); err != nil { // for this test's speed
		t.Fatal(err)
	}
	if n := number(t, s, `SELECT count(*) FROM Vendas v WHERE abs(Total - (SELECT sum(ValorTotal) FROM ItensVenda WHERE IDVenda = v.ID)) > 0.001
		OR NOT EXISTS (SELECT 1 FROM ItensVenda WHERE IDVenda = v.ID)`); n != 0 {
		t.Errorf("%d totals differ from their items", n)
	}
	if n := number(t, s, `SELECT count(*) FROM ItensVenda JOIN Produtos USING (IDProduto) WHERE abs(ValorUnitario * Quantidade - ValorTotal) > 0.001 OR ValorUnitario <> Preco`); n != 0 {
		t.Errorf("%d items do not cost what their product costs", n)
	}
	if n := number(t, s, `SELECT count(*) - count(DISTINCT Cliente) FROM Clientes`); n != 0 {
		t.Errorf("%d customers share a name", n)
	}
}

// The published schemas, in their order. A column of the drivers, vehicles, passengers and payments is not published.
func TestTablesHaveThePublishedColumns(t *testing.T) {
	tr := newTrust(t)
	for service, tables := range map[string]map[string]string{
		"store": {
			"Vendedores":      "IDVendedor, Nome",
			"Produtos":        "IDProduto, Produto, Preco",
			"Clientes":        "IDCliente, Cliente, Estado, Sexo, Status, Telefone, Endereco",
			"Vendas":          "ID, IDVendedor, IDCliente, Total, Data, ID_LogAtualizacoes",
			"ItensVenda":      "IDItem, IDVenda, IDProduto, Quantidade, ValorUnitario, ValorTotal",
			"LogAtualizacoes": "ID, Mensagem",
		},
		"taxi": {
			"Motoristas": "id, nome, telefone, id_veiculo", "Veiculos": "id, placa, modelo",
			"Passageiros": "id, nome, telefone", "Pagamentos": "id, id_viagem, valor, forma",
			"Viagens":         "id, id_motorista, id_veiculo, id_passageiro, data_hora_inicio, data_hora_fim, local_origem, local_destino, valor, telefone_cliente",
			"LogAtualizacoes": "ID, Mensagem",
		},
		"whatsapp": {"Mensagens": "id, telefone, mensagem, data_hora", "Respostas": "id, id_mensagem, resposta, data_hora"},
	} {
		s := open(t, tr.options(t, service))
		got := map[string]string{}
		names, err := dataTables(t.Context(), s.data.readers, "main")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			columns, err := texts(t.Context(), s.data.readers, "SELECT name FROM pragma_table_info(?) ORDER BY cid", name)
			if err != nil {
				t.Fatal(err)
			}
			got[name] = strings.Join(columns, ", ")
		}
		if diff := cmp.Diff(tables, got); diff != "" {
			t.Errorf("%s: %s", service, diff)
		}
	}
}

func TestDatabaseIsItsOwnersAlone(t *testing.T) {
	o := newTrust(t).options(t, "store")
	open(t, o)
	files, err := filepath.Glob(filepath.Join(o.Folder, "compras.db*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", file, info.Mode().Perm())
		}
	}
}

func TestDataIsKeptOverARestartAndSeededAnewForAnotherSeed(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "taxi")
	serve := func(seed uint64, run string) (rides int64, dumped string) {
		o.Seed = seed
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		dumped = dump(t, s.data.readers)
		tr.newCaller(t, s, run).ask(t, s, "write", 1, booking)
		return number(t, s, "SELECT count(*) FROM Viagens"), dumped
	}
	if rides, _ := serve(1, "run-1"); rides != 1 {
		t.Fatalf("%d rides", rides)
	}
	if rides, _ := serve(1, "run-2"); rides != 2 {
		t.Errorf("the same seed again: %d rides, want the first one kept", rides)
	}
	rides, dumped := serve(2, "run-3")
	if rides != 1 || dumped != seededDump(t, "taxi", 2) {
		t.Errorf("another seed: %d rides, want its data alone", rides)
	}
}

func TestUnfinishedDatabaseIsMadeAnew(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "store")
	// What a killed start leaves: an empty file, and a first state half written.
	for _, name := range []string{"compras.db", "compras.db.seed.new"} {
		if err := os.WriteFile(filepath.Join(o.Folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, o)
	if dump(t, s.data.readers) != seededDump(t, "store", 1) {
		t.Error("the data is not the seed's")
	}
}

func TestResetBringsTheFirstStateBack(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "taxi"))
	before := dump(t, s.data.readers)
	tr.newCaller(t, s, "run-1").ask(t, s, "write", 1, `{"phone":"+5551","address":"a","customer":"c"}`)
	if _, err := s.data.writer.Exec("DELETE FROM Motoristas WHERE id > 10; UPDATE Veiculos SET placa = 'x'"); err != nil {
		t.Fatal(err)
	}
	if dump(t, s.data.readers) == before {
		t.Fatal("nothing had changed")
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, dump(t, s.data.readers)); diff != "" {
		t.Error(diff)
	}
}

// A reader sees the data before a reset or after it, never between.
func TestResetIsOneTransaction(t *testing.T) {
	s := open(t, newTrust(t).options(t, "store"))
	want := number(t, s, "SELECT count(*) FROM ItensVenda")
	done := make(chan error)
	go func() {
		var err error
		for range 5 {
			if err = s.Reset(); err != nil {
				break
			}
		}
		done <- err
	}()
	for {
		if got := number(t, s, "SELECT count(*) FROM ItensVenda"); got != want {
			t.Errorf("%d items during a reset, want %d", got, want)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}

func TestOtherDatabasesAreNotTouched(t *testing.T) {
	tr := newTrust(t)
	for script, want := range map[string]string{
		"CREATE TABLE Letters (id)":                          "has no table",
		"CREATE TABLE Clientes (IDCliente INTEGER, Cliente)": "has no column",
		"CREATE TABLE Mensagens (id, telefone, mensagem)":    "has no table",
	} {
		o := tr.options(t, "store")
		path := filepath.Join(o.Folder, "compras.db")
		db, err := openFile(path, 0, map[string][]string{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(script); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
	}
	o := tr.options(t, "store")
	if err := os.WriteFile(filepath.Join(o.Folder, "compras.db"), []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "compras.db") {
		t.Errorf("no database at all: %v", err)
	}
}

// A ride keeps its driver busy for half an hour: without many drivers a long run would measure refusals.
func TestThereAreManyDriversByDefault(t *testing.T) {
	o := newTrust(t).options(t, "taxi")
	o.Sizes = nil
	if n := number(t, open(t, o), "SELECT count(*) FROM Motoristas JOIN Veiculos ON Veiculos.id = id_veiculo"); n != 1000 {
		t.Errorf("%d drivers with a vehicle, want 1000", n)
	}
}

func TestSizesAreChecked(t *testing.T) {
	service := &integration_process.Service{Name: "x", Sizes: map[string]integration_process.Size{"rows": {Default: 2, Min: 1, Max: 3}}}
	for size, want := range map[string]string{"rows=0": "want 1 to 3", "rows=4": "want 1 to 3", "columns=1": "it has: rows"} {
		name, value, _ := strings.Cut(size, "=")
		if _, err := chosenSizes(service, map[string]int64{name: int64(value[0] - '0')}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", size, err, want)
		}
	}
	sizes, err := chosenSizes(service, map[string]int64{"rows": 3})
	if err != nil || sizes["rows"] != 3 {
		t.Errorf("%v, %v", sizes, err)
	}
}
