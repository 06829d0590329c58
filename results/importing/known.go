package importing

import (
	"fmt"
	"slices"

	"eaibench/results"
)

// Repositories of the authors.
const (
	compartmentBenchmarks = "github.com/gca-research-group/morello-library-compartment-benchmarks"
	performance           = "github.com/CAMB-DSbD/tee-morello-performance-experiments"
	performanceGCA        = "github.com/gca-research-group/tee-morello-performance-experiments"
	isc2                  = "github.com/gca-research-group/ISC2-2026"
)

// publishedAs names the published file with a SHA-256, "" if none is known. Those of memory, pipe and crypto are in their
// repository's own MANIFEST.sha256.
func publishedAs(hash string) string {
	return map[string]string{
		"45d858dd781d48b5740c8e550df76f071a1950b83ba82b3630688936d1aa013e": performance + ", max_num_of_compartments_performance/purecapABI_cheriOS_22.12",
		"af7201665087a6fd0501e8b8da36cc3efbc0588ee4893679528ad443f3343048": performance + ", max_num_of_compartments_performance/purecap-benchmarkABI",
		"60bf18ce39e8886e5f8406795bb2988e62fdbbf5f0f73da03b053d0225d2da3d": performance + ", max_num_of_compartments_performance/purecapABI",
		"f16048bcf075964124d0e44f46df92a0fb5c619e762390547bf9cabef75c6afc": performance + ", cpu-performance/inside-tee-execution-purecap-benchmark",
		"b6051d0a8465971a413336d0afc0bcbcb3b9182a1a5dd2dfe14ed614d1db40f5": performance + ", cpu-performance/inside-tee-execution-purecap",
		"e8e1bb9cf4ca1b3bef502c9b190056fed922772f86a13a6e417e7f0affb8d6e7": performance + ", cpu-performance/outside-tee-exection",
		"b28e1c7f0481f4889c5b266b69ad4bc831447e61e6abc3f773f33302e57eaeba": isc2 + ", evaluation/inside.csv",
		"2f11c469b26d6e22b3f16e9b3898c3ef2384709b1e8b91213c249621d0786763": isc2 + ", evaluation/outside.csv",
		"00460c776cf279a62f294e4d51cff26e499e15e40347405760fdc8644572f6c7": compartmentBenchmarks + ", experiments/01_memory/raw",
		"9684d43a46a1743050491ccf39ce56ad380114e12e0c4faaf388e3ff9bc36e80": compartmentBenchmarks + ", experiments/01_memory/raw",
		"272f1687f6a3dfcf31e05908d0872faf2ac6f302c05876d48d6186387aca41da": compartmentBenchmarks + ", experiments/01_memory/raw",
		"a80a95cf81714896fe12c90be25ee27238663d42b830766244bb8231de20907d": compartmentBenchmarks + ", experiments/02_communication/raw",
		"079d52bb757c887833963360b23d265e55f44847de9d03c43df606a5a877acb9": compartmentBenchmarks + ", experiments/02_communication/raw",
		"3dbef4fc42c630e201fadf130f96ea89dca1cb488720ad7c5059f6fb5d338932": compartmentBenchmarks + ", experiments/02_communication/raw",
		"8d4911dbff0b9ff100e95e54c130a935e0a9f84d530f930ee4150d044eff2af3": compartmentBenchmarks + ", experiments/03_crypto/raw",
		"278838a35881403edb98c6de229a052bbca4bcbfc3e6452a377133b505fadba0": compartmentBenchmarks + ", experiments/03_crypto/raw",
		"8ab8b6fa175f3a6f0340c470a9dc0630ded9f95396d3789c769b0157098cdef0": compartmentBenchmarks + ", experiments/03_crypto/raw",
	}[hash]
}

// Known is what publications say of a format's published files; nothing for a format that is not known. A campaign of them
// has it.
func Known(format Format) []results.Known {
	l, _ := layoutOf(format)
	return l.known
}

// knownOf gives what is known of a format's published files. Of others in the same format it may be as true, and nobody
// knows: then it is a note.
func knownOf(l layout, files []results.ImportedFile) []results.Known {
	known := slices.Clone(l.known)
	if !slices.ContainsFunc(files, func(file results.ImportedFile) bool { return file.Published == "" }) {
		return known
	}
	for i := range known {
		known[i].Severity = note
		known[i].Text = fmt.Sprintf("it is said of the published files of this format, which not all of these are: %s", known[i].Text)
	}
	return known
}

const (
	critical = "critical"
	serious  = "serious"
	note     = "note"
)

// twoChanges is true of all comparisons of library compartments, in one form.
func twoChanges(source string) results.Known {
	return results.Known{
		Check: "two-changes", Severity: critical,
		Text:   "outside is compiled without flags of an ABI and started as it is; the others are pure-capability and started by `proccontrol -m cheric18n -s enable`: ABI and compartment change at once",
		Source: source,
	}
}

// byDefault is what CheriBSD 24.05 does unless it is told otherwise, and nobody says that it was.
func byDefault(source string) []results.Known {
	return []results.Known{
		{
			Check: "revocation", Severity: serious,
			Text:   "CheriBSD 24.05 revokes by default what pure-capability programs free, and not what hybrid ones do; nothing says that it was switched off",
			Source: source,
		},
		debugKernel(source),
	}
}

func debugKernel(source string) results.Known {
	return results.Known{
		Check: "debug-kernel", Severity: note,
		Text:   "the default kernel of CheriBSD 24.05 has INVARIANTS and WITNESS; the kernel's configuration is not published",
		Source: source,
	}
}

func memoryKnown() []results.Known {
	return append([]results.Known{
		{
			Check: "flags", Severity: critical,
			Text:   "inside-purecap-benchmark was compiled with -O2 (`cc -g -O2 -Wall -march=morello+c64 -mabi=purecap-benchmark`), the other two with no -O (`clang-morello -g`, `clang-morello -march=morello+c64 -mabi=purecap -g`); a README of later on names no -O for any",
			Source: performanceGCA + ", memory-performance, and " + compartmentBenchmarks + ", experiments/01_memory/src: the comments “Compile” of the sources",
		},
		{
			Check: "published", Severity: critical,
			Text:   "write and read touch no byte: the inner loop runs ITERATIONS / block_size times, in whole numbers 1,000,000 / 104,857,600 = 0 for the smallest block and 0 for all others; what was timed is an empty loop over the size of the block",
			Source: compartmentBenchmarks + ", experiments/01_memory/src: perform_test in each of the three sources",
		},
		twoChanges(compartmentBenchmarks + ", experiments/01_memory/README.md"),
		{
			Check: "optimisation", Severity: serious, Text: "outside and inside-purecap were compiled with no -O",
			Source: compartmentBenchmarks + ", experiments/01_memory/README.md",
		},
		{
			Check: "order", Severity: serious,
			Text:   "each mode is one execution of a program, from the smallest block to the largest: its file ends with its total time; modes were measured one after the other",
			Source: compartmentBenchmarks + ", experiments/01_memory: sources and the last line of each file",
		},
	}, byDefault(compartmentBenchmarks+", docs/environment.md")...)
}

func pipeKnown() []results.Known {
	return append([]results.Known{
		twoChanges(compartmentBenchmarks + ", experiments/02_communication/README.md"),
		{
			Check: "published", Severity: serious,
			Text:   "the time of a read begins before the parent waits for the child, which draws the message's letters at random meanwhile: it is mostly that work and waiting, and it overlaps the time of the write that it is added to",
			Source: compartmentBenchmarks + ", experiments/02_communication/src: main in each of the three sources",
		},
		{
			Check: "optimisation", Severity: serious, Text: "no mode was compiled with -O",
			Source: compartmentBenchmarks + ", experiments/02_communication/README.md",
		},
		{
			Check: "order", Severity: serious,
			Text:   "each mode is one execution of a program, from the smallest message to the largest; modes were measured one after the other",
			Source: compartmentBenchmarks + ", experiments/02_communication/src",
		},
	}, byDefault(compartmentBenchmarks+", docs/environment.md")...)
}

func cpuKnown() []results.Known {
	return append([]results.Known{
		{
			Check: "flags", Severity: critical,
			Text:   "inside-purecap-benchmark was compiled with -O2 (`cc -g -O2 -Wall -march=morello+c64 -mabi=purecap-benchmark`), the other two with no -O (`clang-morello`, `clang-morello -march=morello+c64 -mabi=purecap -g`)",
			Source: performance + ", cpu-performance: the comments “Compile” of the sources",
		},
		twoChanges(performance + ", README.md, section 5"),
		{
			Check: "optimisation", Severity: serious, Text: "outside and inside-purecap were compiled with no -O",
			Source: performance + ", cpu-performance: the comments “Compile” of the sources",
		},
		{
			Check: "order", Severity: serious,
			Text:   "each mode is one execution of a program, one operation after the other; modes were measured one after the other",
			Source: performance + ", cpu-performance: main in each of the sources",
		},
	}, byDefault(performance+", README.md, table 1")...)
}

func capacityKnown() []results.Known {
	return []results.Known{
		{
			Check: "built-for", Severity: serious,
			Text:   "purecap-22.12 was measured on CheriBSD 22.12, the other two on 24.05: programs ask for library compartments when they are linked in the one, and when they are started in the other",
			Source: performance + ", max_num_of_compartments_performance; github.com/CTSRD-CHERI/cheribsd-getting-started",
		},
		{
			Check: "published", Severity: serious,
			Text:   "memory is what the whole system uses (psutil.virtual_memory().used), not what compartments do; with one process it is 1.3 to 1.6 GiB already, and in purecap-22.12 it falls while processes are added, from 14,634 MiB at 3,537 to 13,066 MiB at 8,991",
			Source: performanceGCA + ", cheri-caps-executable-performance/cheri-cap-experiment.py, and the files",
		},
		{
			Check: "published", Severity: serious,
			Text:   "time holds a pause of 0.5 s after the start of each process, which is nearly all of it on CheriBSD 24.05; in purecap-22.12 a process takes 3 s, and nothing says of what",
			Source: performanceGCA + ", cheri-caps-executable-performance/cheri-cap-experiment.py, and the files",
		},
		{
			Check: "chain-link", Severity: note, Text: "no mode without compartments was measured: the files do not show what a compartment adds to a process",
			Source: performance + ", README.md, section 3",
		},
	}
}

func cryptoKnown() []results.Known {
	return append([]results.Known{
		{
			Check: "openssl-cpu", Severity: critical,
			Text:   "CheriBSD's libcrypto before 26.07 has its ARMv8 assembly in hybrid alone: AES-256-GCM of 1 MiB takes 0.498 ms outside and 11.8 ms in inside-purecap (24 times), SHA-256 7.9 times, Ed25519, which has little assembly, 1.1 times as long",
			Source: compartmentBenchmarks + ", experiments/03_crypto/raw, and CheriBSD's secure/lib/libcrypto",
		},
		twoChanges(compartmentBenchmarks + ", experiments/03_crypto/README.md"),
		{
			Check: "order", Severity: serious,
			Text:   "each mode is one execution of a program, one operation and size after the other; modes were measured one after the other",
			Source: compartmentBenchmarks + ", experiments/03_crypto/README.md",
		},
	}, byDefault(compartmentBenchmarks+", docs/environment.md")...)
}

func eaiModes() []results.Mode {
	return []results.Mode{
		mode(outside, "", "published as the conventional environment"),
		mode(inside, outside, "published as the trusted environment: -mabi=purecap, started by proccontrol with library compartments"),
	}
}

func eaiKnown() []results.Known {
	return []results.Known{
		{
			Check: "baseline-compartment", Severity: critical,
			Text:   "the conventional executable has e_flags 0x10000 and the interpreter ld-elf-c18n.so.1 in its ELF headers: it is a pure-capability program whose libraries are in compartments, as the trusted one",
			Source: isc2 + ", the published executable of the conventional environment",
		},
		{
			Check: "no-work", Severity: serious,
			Text:   "createCompartment, deploy and sign do nothing but read a clock twice; exchangeKeys makes texts that end in -public-key; generateCertificate copies one of before where there is one",
			Source: isc2 + ", inside-proof-of-concept/launcher/launcher.py",
		},
		{
			Check: "unlike-cells", Severity: critical,
			Text:   "inside, the launcher, which is in Python, carries a read to the service; outside, the program connects to it over TLS: the paths differ, and so do the programs",
			Source: isc2 + ", README.md, and the metrics of both files",
		},
		{
			Check: "optimisation", Severity: serious, Text: "neither program was compiled with -O",
			Source: isc2 + ", launcher.py and README.md",
		},
		debugKernel(isc2 + ", README.md"),
	}
}
