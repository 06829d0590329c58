package platform

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

// maximumTable is the longest table of names or symbols that is read of an ELF file, in bytes. The
// symbols of a program with its runtime and libraries linked in have some hundred kB.
const maximumTable = 16 << 20

// checkSections looks at the section headers before package debug/elf reads the tables: it would
// decompress them, and so take from a small file as much memory as that file asks for.
func checkSections(r io.ReaderAt) error {
	var header elf.Header64
	if err := binary.Read(io.NewSectionReader(r, 0, int64(binary.Size(header))), binary.LittleEndian, &header); err != nil {
		return fmt.Errorf("not an ELF file: %w", err)
	}
	if header.Shoff == 0 {
		return nil
	}
	if header.Shnum == 0 || int(header.Shentsize) != binary.Size(elf.Section64{}) {
		return fmt.Errorf("ELF file has sections of %d bytes, their number %d; that is not read", header.Shentsize, header.Shnum)
	}
	if header.Shoff > 1<<62 {
		return fmt.Errorf("ELF file's sections begin at %d", header.Shoff)
	}
	sections := make([]elf.Section64, header.Shnum)
	from := io.NewSectionReader(r, int64(header.Shoff), int64(header.Shnum)*int64(header.Shentsize))
	if err := binary.Read(from, binary.LittleEndian, sections); err != nil {
		return fmt.Errorf("read ELF sections: %w", err)
	}
	for i, section := range sections {
		switch elf.SectionType(section.Type) {
		case elf.SHT_STRTAB, elf.SHT_SYMTAB, elf.SHT_DYNSYM, elf.SHT_DYNAMIC, elf.SHT_NOTE:
		default:
			continue
		}
		if elf.SectionFlag(section.Flags)&elf.SHF_COMPRESSED != 0 {
			return fmt.Errorf("section %d of the ELF file, a table, is compressed; that is not read", i)
		}
		if section.Size > maximumTable {
			return fmt.Errorf("section %d of the ELF file, a table, has %d bytes; at most %d are read", i, section.Size, maximumTable)
		}
	}
	return nil
}
