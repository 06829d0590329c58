package platform

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// ELF is what the headers of an executable or library say. Names of folders and
// files say nothing about an ABI; these do.
type ELF struct {
	// ABI is amd64 or arm64, with "+asan" for an AddressSanitizer build; on
	// CheriBSD hybrid, purecap or purecap-benchmark. Another machine's has the
	// name of debug/elf.
	ABI string
	// Flags is e_flags of the header.
	Flags uint32
	// Entry is the address of the first instruction.
	Entry uint64
	// PositionIndependent is true for ET_DYN: its addresses are added to where it
	// is loaded.
	PositionIndependent bool
	// Interpreter is the dynamic loader (PT_INTERP), "" without one.
	Interpreter string
	// Needed are the libraries it asks for.
	Needed []string
	// BuildID is the content of the GNU build-id note, nil without one.
	BuildID []byte
	// FreeBSD is the release date number (__FreeBSD_version) and CheriBSD the
	// CheriBSD version it was built for, 0 without the note.
	FreeBSD, CheriBSD uint32
	// Features is what the feature control note, which elfctl sets, asks of the kernel: bits, 0 without the note.
	Features uint32

	symbols  []elf.Symbol
	segments []elf.ProgHeader
}

// ErrNoSymbol is in the error for a symbol that an executable does not have.
var ErrNoSymbol = errors.New("no such symbol")

// Sizes and constants of CheriBSD's executables: its sys/elf_common.h.
const (
	flagsOffset      = 48      // of e_flags in Elf64_Ehdr
	flagPureCap      = 0x10000 // EF_AARCH64_CHERI_PURECAP
	noteCheriABI     = 0x80000000
	cheriABIPurecap  = 0
	cheriABIBench    = 1
	noteVersion      = 1 // type of FreeBSD's and CheriBSD's version notes
	noteFeatures     = 4 // NT_FREEBSD_FEATURE_CTL
	noteGNUBuildID   = 3
	maximumNotes     = 1 << 16 // bytes of one note section that are read
	maximumInterpret = 4096
)

// ReadELF reads the headers of a file.
func ReadELF(path string) (*ELF, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read executable: %w", err)
	}
	defer file.Close()
	read, err := ParseELF(file)
	if err != nil {
		return nil, fmt.Errorf("read executable %s: %w", path, err)
	}
	return read, nil
}

// ParseELF reads the headers of a 64-bit little-endian ELF file.
func ParseELF(r io.ReaderAt) (*ELF, error) {
	var ident [elf.EI_NIDENT]byte
	if _, err := r.ReadAt(ident[:], 0); err != nil || string(ident[:4]) != elf.ELFMAG {
		return nil, errors.New("not an ELF file")
	}
	if class, data := elf.Class(ident[elf.EI_CLASS]), elf.Data(ident[elf.EI_DATA]); class != elf.ELFCLASS64 || data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("ELF file is %s %s; 64-bit little-endian ones are read", class, data)
	}
	if err := checkSections(r); err != nil {
		return nil, err
	}
	file, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("not an ELF file: %w", err)
	}
	e := &ELF{Entry: file.Entry, PositionIndependent: file.Type == elf.ET_DYN}
	var flags [4]byte // debug/elf does not give them.
	if _, err := r.ReadAt(flags[:], flagsOffset); err != nil {
		return nil, fmt.Errorf("read ELF flags: %w", err)
	}
	e.Flags = binary.LittleEndian.Uint32(flags[:])
	for _, segment := range file.Progs {
		e.segments = append(e.segments, segment.ProgHeader)
	}
	if err := e.readInterpreter(file); err != nil {
		return nil, err
	}
	cheriABI, err := e.readNotes(file)
	if err != nil {
		return nil, err
	}
	if e.Needed, err = file.ImportedLibraries(); err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return nil, fmt.Errorf("read needed libraries: %w", err)
	}
	if err := e.readSymbols(file); err != nil {
		return nil, err
	}
	e.ABI = e.abi(file, cheriABI)
	return e, nil
}

// Symbol gives the address and size of an object in memory, before what a
// position-independent file's load address adds. The error wraps ErrNoSymbol.
func (e *ELF) Symbol(name string) (address, size uint64, err error) {
	for _, symbol := range e.symbols {
		if symbol.Name == name && symbol.Section != elf.SHN_UNDEF {
			return symbol.Value, symbol.Size, nil
		}
	}
	return 0, 0, fmt.Errorf("symbol %s: %w", name, ErrNoSymbol)
}

// symbolOfSize is Symbol of an object that must have the size.
func (e *ELF) symbolOfSize(name string, size int) (address uint64, err error) {
	address, has, err := e.Symbol(name)
	if err == nil && has != uint64(size) {
		err = fmt.Errorf("the symbol has %d bytes and %d are asked for", has, size)
	}
	return address, err
}

// lowest is the lowest address that the file asks to be loaded to.
func (e *ELF) lowest() uint64 {
	var address uint64
	first := true
	for _, segment := range e.segments {
		if segment.Type == elf.PT_LOAD && (first || segment.Vaddr < address) {
			address, first = segment.Vaddr, false
		}
	}
	return address
}

func (e *ELF) readInterpreter(file *elf.File) error {
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		if segment.Filesz > maximumInterpret {
			return fmt.Errorf("the interpreter's name has %d bytes; at most %d are read", segment.Filesz, maximumInterpret)
		}
		name := make([]byte, segment.Filesz)
		if _, err := io.ReadFull(segment.Open(), name); err != nil {
			return fmt.Errorf("read the interpreter's name: %w", err)
		}
		e.Interpreter = string(bytes.TrimRight(name, "\x00"))
	}
	return nil
}

// readSymbols keeps both tables: .symtab names what is not exported.
func (e *ELF) readSymbols(file *elf.File) error {
	for _, read := range []func() ([]elf.Symbol, error){file.Symbols, file.DynamicSymbols} {
		symbols, err := read()
		if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
			return fmt.Errorf("read symbols: %w", err)
		}
		e.symbols = append(e.symbols, symbols...)
	}
	return nil
}

// abi names the ABI. cheriABI is the CHERI note's value, nil without the note, as
// in executables before CheriBSD 23.11.
func (e *ELF) abi(file *elf.File, cheriABI *uint32) string {
	var machine string
	switch file.Machine {
	case elf.EM_X86_64:
		machine = "amd64"
	case elf.EM_AARCH64:
		switch {
		case e.Flags&flagPureCap != 0 && (cheriABI == nil || *cheriABI == cheriABIPurecap):
			return "purecap"
		case e.Flags&flagPureCap != 0 && *cheriABI == cheriABIBench:
			return "purecap-benchmark"
		case e.Flags&flagPureCap != 0:
			return fmt.Sprintf("purecap-%d", *cheriABI)
		case e.FreeBSD != 0 || e.CheriBSD != 0 || file.OSABI == elf.ELFOSABI_FREEBSD:
			return "hybrid"
		}
		machine = "arm64"
	default:
		return file.Machine.String()
	}
	// The runtime is entered by this function before any of the program's code.
	if slices.ContainsFunc(e.symbols, func(s elf.Symbol) bool { return s.Name == "__asan_init" }) {
		return machine + "+asan"
	}
	return machine
}

// readNotes reads the notes it knows, and gives the CHERI ABI note's value.
func (e *ELF) readNotes(file *elf.File) (*uint32, error) {
	var cheriABI *uint32
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_NOTE {
			continue
		}
		if segment.Filesz > maximumNotes {
			return nil, fmt.Errorf("a note segment has %d bytes; at most %d are read", segment.Filesz, maximumNotes)
		}
		data := make([]byte, segment.Filesz)
		if _, err := io.ReadFull(segment.Open(), data); err != nil {
			return nil, fmt.Errorf("read notes: %w", err)
		}
		err := eachNote(data, segment.Align, func(owner string, kind uint32, content []byte) {
			switch {
			case owner == "GNU" && kind == noteGNUBuildID:
				e.BuildID = bytes.Clone(content)
			case len(content) < 4:
			case owner == "FreeBSD" && kind == noteVersion:
				e.FreeBSD = binary.LittleEndian.Uint32(content)
			case owner == "FreeBSD" && kind == noteFeatures:
				e.Features = binary.LittleEndian.Uint32(content)
			case owner == "CheriBSD" && kind == noteVersion:
				e.CheriBSD = binary.LittleEndian.Uint32(content)
			case owner == "CHERI" && kind == noteCheriABI:
				value := binary.LittleEndian.Uint32(content)
				cheriABI = &value
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return cheriABI, nil
}

// eachNote walks the notes of a segment (ELF gABI, "Note Section").
func eachNote(data []byte, align uint64, note func(owner string, kind uint32, content []byte)) error {
	if align != 8 {
		align = 4
	}
	round := func(n uint64) uint64 { return (n + align - 1) &^ (align - 1) }
	for len(data) >= 12 {
		nameSize := uint64(binary.LittleEndian.Uint32(data))
		contentSize := uint64(binary.LittleEndian.Uint32(data[4:]))
		kind := binary.LittleEndian.Uint32(data[8:])
		content := round(12 + nameSize)
		end := content + contentSize
		if end > uint64(len(data)) {
			return errors.New("a note reaches beyond its segment")
		}
		note(string(bytes.TrimRight(data[12:12+nameSize], "\x00")), kind, data[content:end])
		if round(end) >= uint64(len(data)) {
			return nil
		}
		data = data[round(end):]
	}
	return nil
}
