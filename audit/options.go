package audit

import (
	"slices"
	"strings"
)

// command is what a compile command says besides the names of files.
type command struct {
	// optimisation is the last -O, "-O0" without one, as compilers take it.
	optimisation string
	// options are the others, in their order; one with a separate argument is one of them.
	options []string
	// static is true where nothing is left to bind when the program starts.
	static bool
}

// separate are options whose argument follows them.
var separate = []string{
	"-D", "-U", "-l", "-z", "-target", "--target", "-arch", "-Xclang", "-Xlinker", "-Xassembler", "-mllvm", "-T", "-u",
	"-include", "-imacros", "-x",
}

// places are options that name a place and not what is compiled; those of the second list have it behind them.
var (
	withPlace   = []string{"-I", "-L", "-B", "--sysroot", "-isystem", "-iquote", "-idirafter", "-fuse-ld=", "-resource-dir", "-rpath"}
	beforePlace = []string{"-o", "-I", "-L", "-B", "--sysroot", "-isystem", "-iquote", "-idirafter", "-isysroot", "-resource-dir", "-MF", "-MT", "-MQ"}
	// silent options change nothing in an executable.
	silent = []string{"-c", "-v", "-pipe", "-MD", "-MMD", "-MP", "-M", "-fdiagnostics", "-fcolor-diagnostics", "-ffile-prefix-map=", "-fdebug-prefix-map=", "-fmacro-prefix-map=", "-frandom-seed="}
)

// parse reads a compile command: the compiler first.
func parse(words []string) command {
	c := command{optimisation: "-O0"}
	for i := 1; i < len(words); i++ {
		word := words[i]
		switch {
		case slices.Contains(beforePlace, word):
			i++
		case !strings.HasPrefix(word, "-") || word == "-":
		case begins(word, withPlace), begins(word, silent), strings.HasPrefix(word, "-W") && !strings.HasPrefix(word, "-Wl,") && !strings.HasPrefix(word, "-Wa,") && !strings.HasPrefix(word, "-Wp,"):
		case strings.HasPrefix(word, "-O"):
			c.optimisation = level(word)
		case slices.Contains(separate, word) && i+1 < len(words):
			i++
			c.options = append(c.options, word+" "+words[i])
		default:
			c.static = c.static || word == "-static" || word == "-static-pie"
			c.options = append(c.options, word)
		}
	}
	return c
}

func begins(word string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(word, prefix) })
}

// level of an option -O: -O alone is -O1.
func level(word string) string {
	if word == "-O" {
		return "-O1"
	}
	return word
}

// bindsNow tells whether the linker was asked to have every symbol bound before the program begins.
func (c command) bindsNow() bool {
	for _, option := range c.options {
		linker, ok := strings.CutPrefix(option, "-Wl,")
		if option == "-z now" || ok && slices.Contains(strings.Split(linker, ","), "now") {
			return true
		}
	}
	return c.static
}

// of the options, those that make a mode's ABI on Morello, and name its dynamic linker: what modes differ in.
func isABI(option string) bool {
	return begins(option, []string{"-march=morello", "-mabi=", "-mcpu=rainier", "--target=", "--target ", "-target ", "-Xclang -morello-", "-Wl,--dynamic-linker=", "-Wl,--dynamic-linker,", "-Wl,-dynamic-linker,"})
}

// without gives the options that are neither of an ABI nor one of those given.
func (c command) without(own []string) []string {
	return slices.DeleteFunc(slices.Clone(c.options), func(option string) bool {
		return isABI(option) || slices.Contains(own, option)
	})
}

// sameFolders writes {abi} for the executable's ABI in the folders where it looks for libraries when it is started: one
// library is built for each ABI, into folders that are named after them, and no mode is compiled otherwise for that.
func sameFolders(options []string, abi string) []string {
	if abi == "" {
		return options
	}
	for i, option := range options {
		linker, ok := strings.CutPrefix(option, "-Wl,-rpath")
		if !ok || linker == "" || !strings.ContainsAny(linker[:1], ",=") {
			continue
		}
		elements := strings.Split(linker[1:], "/")
		for at, element := range elements {
			if element == abi {
				elements[at] = "{abi}"
			}
		}
		options[i] = "-Wl,-rpath" + linker[:1] + strings.Join(elements, "/")
	}
	return options
}

// severity of a difference in an option.
func severityOf(option string) Severity {
	switch {
	case strings.HasPrefix(option, "-g"):
		return Note
	case begins(option, []string{"-f", "-m", "-D", "-U", "-std", "-include", "-Xclang", "-mllvm", "--param"}):
		return Critical
	default:
		return Serious
	}
}
