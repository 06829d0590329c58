package audit

// Check is one row of the table of checks.
type Check struct {
	// Name stays as it is from version to version.
	Name string
	// Severity is the worst that it reports.
	Severity Severity
	// Title of its threats.
	Title string
	// Looks says what it looks for, and in what; Why what this does to a comparison.
	Looks, Why string
	// Advice says what to do.
	Advice string
	// Reference is where it is told what this does to numbers, "" if nowhere.
	Reference string

	examine func(*campaign, *finding)
}

// Sources that several checks go by.
const (
	morelloReport = "UCAM-CL-TR-986, Early performance results from the prototype Morello microarchitecture (2023)"
	published     = "github.com/gca-research-group: programs and data of comparisons on Morello (2024 to 2026)"
	mytkowicz     = "Mytkowicz et al., Producing wrong data without doing anything obviously wrong (ASPLOS 2009)"
	georges       = "Georges et al., Statistically rigorous Java performance evaluation (OOPSLA 2007)"
	kalibera      = "Kalibera and Jones, Rigorous benchmarking in reasonable time (ISMM 2013)"
)

// Checks gives the table of checks in the order in which they are made: what was built, what it does, what is compared,
// where and over what, how often and when, and the values themselves. docs/audit.md shows it.
func Checks() []Check { return checks() }

// checks is the only place that says what there is to look for.
func checks() []Check {
	var all []Check
	for _, subject := range [][]Check{executableChecks(), comparisonChecks(), hostChecks(), linkChecks(), runChecks(), valueChecks()} {
		all = append(all, subject...)
	}
	return all
}

func executableChecks() []Check {
	return []Check{
		{
			"mode-abi", Critical, "an executable has not the ABI of its mode",
			"the ABI in the ELF headers of executables and in the signed evidence of runs that is none of the mode's",
			"the numbers are those of another mode: names of folders and labels drift, ELF headers do not",
			"compile the cell again with the mode's flags; `eaibench audit FILE` names the ABI of an executable", published, checkModeABI,
		},
		{
			"baseline-compartment", Critical, "a mode without a compartment ran in one",
			"an interpreter c18n, or a compartment in signed evidence, where the mode has none",
			"a baseline that is itself compartmentalised hides what the compartment costs",
			"link the program without a c18n interpreter, and start it without proccontrol, elfctl or environment that enable it", published, checkBaselineCompartment,
		},
		{
			"compartment-proof", Critical, "runs of a mode with a compartment were not seen in one",
			"signed evidence without the compartment that the mode must show, in runs that count",
			"what is called the cost of a compartment was measured without one",
			"find out why the attester saw none (`eaibench doctor`), and carry the runs out again", published, checkCompartmentProof,
		},
		{
			"second-hand", Serious, "the evidence of runs is second-hand",
			"a campaign whose launcher and attester ran beside the runner (launcher.place: control)",
			"the attester believed what commands on the target said of the process: whoever can change what they answer, root there above all, can have any program pass for the one that was compiled; memory and times were read over the same way, without a control group",
			"let launcher and attester run on the target where eaibench runs there; else say beside the numbers that their evidence is second-hand", "", checkSecondHand,
		},
		{
			"source", Critical, "modes were compiled from different sources",
			"more than one hash of the sources among the cells that are compared",
			"the programs do different work",
			"carry the campaign out again with one source for every mode", "", checkSource,
		},
		{
			"executable", Critical, "the runs of a cell executed different files",
			"more than one hash of the executable among the runs of a cell, or one that was not compiled for it",
			"the values of the cell are of several programs",
			"carry the cell out again; compile so that equal sources give equal executables", "", checkExecutable,
		},
		{
			"built-for", Serious, "modes were built for different releases of the system",
			"different FreeBSD or CheriBSD versions in the ELF notes of the cells that are compared",
			"libraries and code generation differ with the release, not with the mode alone",
			"compile every mode against one release", published, checkBuiltFor,
		},
		{
			"flags", Critical, "modes were compiled with different flags",
			"optimisation, code generation, definitions, sanitizers, link-time optimisation or libraries that differ between compile commands, besides what makes the mode",
			"a different -O alone made purecap-benchmark appear seven times faster than its baseline",
			"give every mode one set of flags in the platform's profile, and compile again", published, checkFlags,
		},
		{
			"optimisation", Serious, "the program was not optimised",
			"compile commands with -O0, or without -O",
			"without optimisation compilers treat capabilities and integers unlike: the ABIs cannot be compared",
			"compile every mode with -O2", morelloReport, checkOptimisation,
		},
		{
			"compiler", Critical, "modes were compiled by different compilers",
			"more than one compiler, or version of it, among the cells that are compared",
			"the difference of the compilers is in the difference of the modes",
			"compile every mode with one compiler", "", checkCompiler,
		},
		{
			"lazy-binding", Note, "symbols are bound while the program works",
			"dynamic programs linked without -z now, in a mode without LD_BIND_NOW",
			"the first call of each function of a library takes longer, and in compartments more so",
			"link with -Wl,-z,now, or set LD_BIND_NOW=1 for every mode", "", checkLazyBinding,
		},
		{
			"binding", Serious, "some modes bind their symbols while the program works, others before",
			"programs that are bound at the start, by -z now or LD_BIND_NOW, beside others that are not, among the cells that are compared",
			"the cost of binding is in the numbers of some modes alone",
			"ask for the same in every mode (bind_now)", "", checkBinding,
		},
		{
			"openssl-version", Serious, "modes used different versions of OpenSSL",
			"more than one version among the runs that are compared, as OpenSSL itself says it",
			"the cost of the cryptography changes with the version",
			"install one OpenSSL for every mode", "", checkOpenSSLVersion,
		},
		{
			"openssl-cpu", Critical, "OpenSSL used different processor features in different modes",
			"more than one OPENSSL_CPU_INFO among the runs that are compared; N/A is a build without assembly",
			"with assembly in hybrid alone, AES-256-GCM appeared 24 times slower in purecap",
			"use an OpenSSL built with no-asm in every mode, or one with assembly in every mode", published, checkOpenSSLCPU,
		},
		{
			"openssl-assembly", Serious, "the OpenSSL that was built for the comparison has assembly",
			"an OPENSSL_CPU_INFO other than N/A in runs of a campaign whose scenario names an OpenSSL for every mode",
			"what is written in assembly is compiled for no ABI: part of the work does not show what the mode costs, and what is chosen by the processor's features may differ between ABIs",
			"build it with no-asm for each ABI", published, checkOpenSSLAssembly,
		},
	}
}

func comparisonChecks() []Check {
	return []Check{
		{
			"published", Critical, "published files: what is known of them, and what was left out",
			"what the authors' own sources and files say of how the published files of an imported campaign came about, where no other check is for it; rows that could not be read and were left out",
			"the numbers are not of what they are called, or of a part of what was measured",
			"measure again, with eaibench; read the source that is named", "", checkPublished,
		},
		{
			"stand-in", Critical, "the modes are stand-ins, not CHERI",
			"a platform none of whose modes has CHERI's protection",
			"the numbers say nothing about CHERI",
			"use them to see that everything works; measure on CheriBSD/Morello", "", checkStandIn,
		},
		{
			"chain-link", Serious, "a link of the chain of modes was not measured",
			"a measured mode whose baseline was not, in each group of cells",
			"with a link skipped two things change at once, and neither can be blamed",
			"measure every mode of the chain: hybrid, purecap, compartment", published, checkChainLink,
		},
		{
			"two-changes", Critical, "two things change at one link of the chain",
			"a mode and its baseline that differ in ABI and in compartment, by what was attested and built",
			"hybrid without c18n against purecap with it shows neither the cost of capabilities nor that of compartments",
			"measure purecap, and purecap-benchmark, each with and without a compartment", published, checkTwoChanges,
		},
		{
			"unlike-cells", Critical, "cells that are compared differ in more than their mode",
			"path, crypto, verify, processes or parameters that differ inside a group",
			"the difference is not the mode's",
			"plan the campaign with eaibench, which varies the mode alone inside a group", "", checkUnlikeCells,
		},
		{
			"benchmark-abi", Note, "purecap was measured without purecap-benchmark beside it",
			"groups on Morello with pure-capability modes, none of them of the benchmark ABI",
			"Morello predicts no branch that changes PCC's bounds: SPECint2006 took 30.48 % longer in purecap, 15.17 % in purecap-benchmark, and an estimated 2.2 to 3.2 % on a mature core",
			"report purecap-benchmark beside purecap; it is for performance estimates, not for security", morelloReport, checkBenchmarkABI,
		},
		{
			"crypto-none", Serious, "data were not sealed",
			"cells with crypto none; a note where sealed ones are measured too",
			"the work that is protected was not done",
			"measure crypto hpke, and use none only to show what sealing costs", published, checkCryptoNone,
		},
		{
			"verify-cached", Serious, "certificates were not verified at each request",
			"cells with verify cached; a note where full ones are measured too",
			"the work that is protected was not done",
			"measure verify full, and use cached only to show what verifying costs", published, checkVerifyCached,
		},
		{
			"no-work", Serious, "a step is over sooner than its work is known to take",
			"steps that need a public-key operation and take less than 5 µs, or a process started or a file copied and take less than 50 µs, in the median of a cell",
			"stubs were timed: plain text in place of certificates and sealing, createCompartment and deploy that do nothing",
			"do the work, and check each step by its effect", published, checkNoWork,
		},
	}
}

func hostChecks() []Check {
	return []Check{
		{
			"emulator", Critical, "the times are QEMU's",
			"a host whose machine or processor is QEMU's",
			"QEMU models no cache, no branch prediction and no stall: its times are not performance data",
			"measure on a board; use QEMU for function and for counts of instructions", "", checkEmulator,
		},
		{
			"virtualised", Serious, "the host is a guest",
			"a limit of processor time in the description of a host; a note for a hypervisor or container",
			"other guests and the hypervisor take time that the guest does not see",
			"measure on a machine of its own, or tell readers", "", checkVirtualised,
		},
		{
			"debug-kernel", Serious, "the kernel checks itself while it works",
			"CheriBSD kernels with INVARIANTS or WITNESS, or that are no NODEBUG ones, a note where that is not certain; Linux kernels that are debug builds or check their memory",
			"each system call costs more, by amounts that differ between modes; it is the default since CheriBSD 24.05",
			"boot a *-NODEBUG kernel", morelloReport, checkDebugKernel,
		},
		{
			"revocation", Serious, "only some of the modes revoke what is freed",
			"what the scenario asked for (revocation), else security.cheri.runtime_revocation_default and what elfctl set in executables: programs that revoke what they free beside others that do not, as those of the hybrid ABI",
			"temporal safety is on by default since CheriBSD 23.11, for pure-capability programs alone: part of the difference is its cost",
			"measure purecap with it and without it: revocation: on and off", "", checkRevocation,
		},
		{
			"address-layout", Note, "every run has the same addresses",
			"address space layout randomisation that is off",
			"one layout may favour a mode, and no number of runs shows it",
			"switch it on, so that runs differ in layout and intervals contain its effect", mytkowicz, checkAddressLayout,
		},
		{
			"placement", Note, "processes may move between processors",
			"hosts on which more than one processor may be used, with nothing in scenario (cpus) and platform's profile that binds a process to one",
			"moves cost time, and processors may differ",
			"bind processes to one processor: cpus", mytkowicz, checkPlacement,
		},
		{
			"machine", Serious, "settings of the host disturb measurements",
			"governors, battery; a note for turbo, threads, clock source, huge pages, swap: what `eaibench doctor` names",
			"the speed of the processor changes with load, heat and power, not with the mode alone",
			"set it as wanted (`eaibench doctor` has the commands), and carry the campaign out again", mytkowicz, checkMachine,
		},
		{
			"environment", Serious, "a host changed during the campaign",
			"differences between how hosts are described at the beginning, at each resumption and at the end",
			"runs before and after the change are not of one population",
			"carry the campaign out again on a host that stays as it is", mytkowicz, checkEnvironment,
		},
		{
			"clock", Serious, "the wall clock is not to be trusted",
			"a step of the wall clock beyond what adjusting it does; runs that overlap, or go back in time",
			"overlapping runs disturb each other; durations are of the monotonic clock and do not suffer from a step",
			"synchronise clocks before a campaign; carry out one campaign at a time on a host", "RFC 5905, 11.3", checkClock,
		},
		{
			"busy", Serious, "the host did other work",
			"tasks that ran or waited on more than a quarter of the processors, or for a processor in more than 10 % of the time, when sessions began; other processes, or other guests, that used more than 10 % of the processors' time in the median run of a cell, or more than 25 % in more than 5 % of its runs; a note above 2 %",
			"waiting for a processor is measured as the cost of a mode",
			"stop what else runs there; `eaibench doctor` names some of it", mytkowicz, checkBusy,
		},
	}
}

func runChecks() []Check {
	return []Check{
		{
			"few-runs", Serious, "cells have few runs",
			"cells with fewer than 10 runs that count; a note below 30",
			"intervals are wide, and what is shown as no difference may be one",
			"carry out more runs: more of `runs`, or a greater `max` of `until`, which stops where it has the precision asked for", georges, checkFewRuns,
		},
		{
			"unbalanced", Serious, "cells that are compared have different numbers of runs",
			"numbers of runs that count inside a group; a note where the least is at least 80 % of the largest",
			"runs that are missing may be those that were slow",
			"resume the campaign, or find out why runs are lost", "", checkUnbalanced,
		},
		{
			"lost-runs", Serious, "runs were lost",
			"runs that failed, are invalid or were aborted, by cell; a note up to 10 % of a cell and 5 points between modes, and for runs under which a host, a component or a service that already ran was lost",
			"what is left is a choice: a mode that loses its slow runs looks fast",
			"find the reason in the log of a run, mend it, and carry the campaign out again", "", checkLostRuns,
		},
		{
			"order", Serious, "runs of the modes were not interleaved",
			"order sequential; cells of a group all or nearly all of whose runs were before those of another; a note where every block has the same order",
			"whatever changes with time is measured as a difference of modes",
			"use order: blocks", mytkowicz, checkOrder,
		},
		{
			"not-reset", Serious, "services kept the data of earlier runs",
			"services that already ran and whose data nobody could reset, for want of their token",
			"each run finds more data than the one before: times grow with the order of runs, and the second of two campaigns begins where the first ended",
			"ask the service's operator for its token: services/ID/token in the folder that --operator names", "", checkNotReset,
		},
		{
			"incomplete", Serious, "the campaign is not complete",
			"planned runs that are missing, unless a rule when to stop explains it; a note where all are there and the campaign is not sealed",
			"who stops when the numbers please finds differences that are not there",
			"resume it: eaibench run --resume DIR", "Armitage et al., Repeated significance tests on accumulating data (1969)", checkIncomplete,
		},
		{
			"not-as-sealed", Critical, "files are not as they were when the campaign was sealed",
			"files of a complete campaign that were changed, added or removed since, by its manifest",
			"the numbers may be others than those that were measured",
			"get the campaign from where it is as it was sealed; `eaibench verify DIR` finds out, and with a signature whether the manifest is its own", "", checkNotAsSealed,
		},
		{
			"looks", Serious, "the results were looked at more often than declared",
			"looks that the rule when to stop does not have, or that say of their precision what their widths do not",
			"each look is one more chance to stop at a difference that is not there",
			"declare looks before the start (until), and carry the campaign out again", "Armitage et al., Repeated significance tests on accumulating data (1969)", checkLooks,
		},
		{
			"precision", Note, "the asked precision was not reached",
			"interval half-widths at the last look that are above what `until` asks for",
			"smaller differences than the width cannot be told from none",
			"allow more runs or more time, or tell readers the width", kalibera, checkPrecision,
		},
		{
			"eaibench", Serious, "different builds of eaibench carried the runs out",
			"more than one hash of eaibench among the sessions",
			"what is measured around the process may differ with the build",
			"carry the campaign out again with one build", "", checkEaibench,
		},
		{
			"sessions", Note, "the campaign was interrupted",
			"more than one session",
			"caches, clocks and whatever else runs may differ between sessions",
			"tell readers; compare the sessions' runs", "", checkSessions,
		},
	}
}

func valueChecks() []Check {
	return []Check{
		{
			"trend", Serious, "values change with their place in the campaign",
			"Spearman's correlation of value and position in each cell, at 0.01 over all cells (Holm); a note where the last third is less than 1 % from the first",
			"the runs are not of one population: heat, memory or data that grow with time",
			"find what grows; interleave, so that it meets every mode alike", kalibera, checkTrend,
		},
		{
			"bimodal", Serious, "values have more than one mode",
			"the dip test of each cell's values, at 0.01 over all cells (Holm)",
			"a median between two modes is a time that no run takes, and it jumps with their weights",
			"find what the runs of each mode have in common: processor, clock, memory layout", "Hartigan and Hartigan, The dip test of unimodality (1985)", checkBimodal,
		},
		{
			"unsteady", Serious, "values do not stay as they are",
			"changepoints in the order of the runs: no steady state or slowdown; a note where the beginning is slower",
			"summaries mix several states",
			"more warm-up runs; find what changed at the run that is named", "Barrett et al., Virtual machine warmup blows hot and cold (OOPSLA 2017)", checkUnsteady,
		},
		{
			"outliers", Serious, "many values are far from the others",
			"more than 10 % of a cell's values beyond 3 interquartile ranges; a note for more than 15 % beyond 1.5; from 20 values on",
			"something else than the mode is measured in these runs; means and standard deviations say little",
			"find out what these runs have in common; report medians, and keep every value", "Tukey, Exploratory data analysis (1977)", checkOutliers,
		},
		{
			"first-run", Note, "the first run that counts is slower than all others",
			"first values that are the largest of their cell, and beyond 3 interquartile ranges of the others; from 20 values on",
			"warm-up is in the numbers",
			"one more warm-up run", kalibera, checkFirstRun,
		},
	}
}
