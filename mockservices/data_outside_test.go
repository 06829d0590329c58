package mockservices

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outsideDatabase is a store's database as others make it: other types, more columns, a trigger, AUTOINCREMENT.
func outsideDatabase(t *testing.T, folder string) {
	t.Helper()
	db, err := openFile(filepath.Join(folder, "compras.db"), 0, map[string][]string{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`
CREATE TABLE vendedores (IDVendedor INTEGER PRIMARY KEY AUTOINCREMENT, Nome VARCHAR(40));
CREATE TABLE Produtos (IDProduto INTEGER PRIMARY KEY, Produto TEXT, Preco DECIMAL(10,2));
CREATE TABLE Clientes (IDCliente INTEGER PRIMARY KEY AUTOINCREMENT, Cliente TEXT, Estado CHAR(2), Sexo CHAR(1), Status TEXT, Telefone INTEGER, Endereco TEXT, Nota TEXT);
CREATE TABLE LogAtualizacoes (ID INTEGER PRIMARY KEY AUTOINCREMENT, Mensagem TEXT);
CREATE TABLE Vendas (ID INTEGER PRIMARY KEY AUTOINCREMENT, IDVendedor INTEGER, IDCliente INTEGER REFERENCES Clientes, Total DECIMAL(10,2), Data DATE, ID_LogAtualizacoes INTEGER);
CREATE TABLE ItensVenda (IDItem INTEGER PRIMARY KEY, IDVenda INTEGER, IDProduto INTEGER, Quantidade INTEGER, ValorUnitario DECIMAL(10,2), ValorTotal DECIMAL(10,2));
CREATE TABLE "Other ""things""" (a, b GENERATED ALWAYS AS (a + 1));
CREATE TRIGGER log_sale AFTER INSERT ON Vendas BEGIN INSERT INTO LogAtualizacoes (Mensagem) VALUES ('sale'); END;
INSERT INTO Clientes VALUES (5, 'Rita Lobo', 'SP', 'F', 'Ouro', 5511999990000, 'Rua A, 1', NULL);
INSERT INTO "Other ""things""" (a) VALUES (41);
INSERT INTO Vendas VALUES (9, 1, 5, 200.10, '2024-05-05', NULL)`)
	if err != nil {
		t.Fatal(err)
	}
}

func TestDatabaseFromOutsideIsServedAndReset(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "store")
	outsideDatabase(t, o.Folder)
	s := open(t, o)
	want := map[string]any{"customer": "Rita Lobo", "phone": "5511999990000", "address": "Rua A, 1", "total_cents": 20010.0, "sale": 9.0, "dataset": "-"}
	if diff := cmp.Diff(want, tr.newCaller(t, s, "run-1").ask(t, s, "read", 1, `{}`)); diff != "" {
		t.Error(diff)
	}
	before := dump(t, s.data.readers)
	if _, err := s.data.writer.Exec(`INSERT INTO Vendas (IDCliente, Total) VALUES (5, 1); DELETE FROM "Other ""things"""; UPDATE Clientes SET Nota = 'x'`); err != nil {
		t.Fatal(err)
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, dump(t, s.data.readers)); diff != "" {
		t.Error(diff)
	}
	if n := number(t, s, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"); n != 1 {
		t.Errorf("%d triggers after the reset, want the outsiders' one", n)
	}
}

func TestDatabaseFromOutsideStaysOneOverARestart(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "store")
	outsideDatabase(t, o.Folder)
	for _, seed := range []uint64{1, 2} {
		o.Seed = seed
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if n := number(t, s, "SELECT count(*) FROM Clientes"); n != 1 {
			t.Errorf("seed %d: %d customers, want the outsiders' one", seed, n)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(o.Folder, "compras.db.seed")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "DROP TABLE eaibench_origin") {
		t.Errorf("without its first state: %v, want what to do", err)
	}
}
