package paper

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"eaibench/plots"
	"eaibench/results"
	"eaibench/results/importing"
)

// Study is one published comparison.
type Study struct {
	// Folder of the published data that it is in.
	Folder string
	// About says in a line what is measured, and where it was published.
	About string
	// Data is the study as a campaign, imported from its files.
	Data *results.Data
	// Tables are its published numbers, none where only the measurements are published.
	Tables []Table
	// Figures of its measurements.
	Figures []*plots.Figure
	// Conclusions that its authors draw.
	Conclusions []Conclusion
}

// Conclusion is one that the authors of a study draw from its numbers.
type Conclusion struct {
	// Beside is the table or figure that shows it.
	Beside string
	// Says is the conclusion, with its numbers.
	Says string
	// Checks of an audit whose findings speak against it.
	Checks []string
	// Evidence besides, a sentence each.
	Evidence []string
}

// ErrNoStudy: a folder has none of the studies.
var ErrNoStudy = errors.New("the folder has none of the published studies")

// kind is what a study is made of.
type kind struct {
	folder string
	format importing.Format
	// tables computes its published numbers, and conclusions what is said of them; either may be nil.
	tables      func(*results.Data, fs.FS) ([]Table, error)
	conclusions func(*results.Data) ([]Conclusion, error)
}

func kinds() []kind {
	return []kind{
		{"isc2-2026", importing.EAI, func(data *results.Data, folder fs.FS) ([]Table, error) {
			table, err := integration{data}.log(folder)
			return []Table{table}, err
		}, integrationConclusions},
		{"memory", importing.Memory, func(data *results.Data, folder fs.FS) ([]Table, error) {
			return memoryOf(data).tables(folder)
		}, memoryConclusions},
		{"pipe", importing.Pipe, func(data *results.Data, folder fs.FS) ([]Table, error) {
			return pipe{data}.tables(folder)
		}, pipeConclusions},
		{"capacity", importing.Capacity, nil, capacityConclusions},
		{"cpu", importing.CPU, nil, cpuConclusions},
		{"crypto", importing.Crypto, nil, nil},
	}
}

func memoryOf(data *results.Data) memory { return memory{data: data, read: map[string]points{}} }

// Folders lists the folders of the studies with what each is, in the order in which they are computed.
func Folders() [][2]string {
	var all [][2]string
	for _, one := range kinds() {
		all = append(all, [2]string{one.folder, importing.About(one.format)})
	}
	return all
}

// Compute computes every study that the folder of published data has. Now is when this is, version that of the
// program. The error is ErrNoStudy, or says which file is missing or not as it was published (importing.Faults, ErrTable).
func Compute(folder fs.FS, now time.Time, version string) ([]Study, error) {
	var studies []Study
	for _, one := range kinds() {
		info, err := fs.Stat(folder, one.folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || !info.IsDir() {
			return nil, fmt.Errorf("computing %s: it is no folder: %w", one.folder, errors.Join(err, ErrTable))
		}
		study, err := one.compute(folder, now, version)
		if err != nil {
			return nil, fmt.Errorf("computing %s: %w", one.folder, err)
		}
		studies = append(studies, study)
	}
	if len(studies) == 0 {
		return nil, ErrNoStudy
	}
	return studies, nil
}

func (k kind) compute(folder fs.FS, now time.Time, version string) (Study, error) {
	study := Study{Folder: k.folder, About: importing.About(k.format)}
	files, err := k.files(folder)
	if err != nil {
		return study, err
	}
	if study.Data, err = importing.Import(files, importing.Options{Format: k.format, Now: now, Version: version}); err != nil {
		return study, err
	}
	if k.tables != nil {
		if study.Tables, err = k.tables(study.Data, folder); err != nil {
			return study, err
		}
	}
	if k.conclusions != nil {
		if study.Conclusions, err = k.conclusions(study.Data); err != nil {
			return study, err
		}
	}
	source, err := plots.NewSource(study.Data)
	if err != nil {
		return study, err
	}
	study.Figures, err = plots.Imported(source)
	return study, err
}

// files reads the CSV files of measurements, in the order of their names.
func (k kind) files(folder fs.FS) ([]importing.File, error) {
	entries, err := fs.ReadDir(folder, k.folder)
	if err != nil {
		return nil, err
	}
	var files []importing.File
	modes := importing.Modes(k.format)
	for _, entry := range entries {
		name := path.Join(k.folder, entry.Name())
		if entry.IsDir() || !strings.HasSuffix(name, ".csv") {
			continue
		}
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		files = append(files, importing.File{Name: entry.Name(), Path: name, Data: data})
		modes = slices.DeleteFunc(modes, func(mode string) bool { return mode == importing.ModeOf(k.format, entry.Name()) })
	}
	if len(files) == 0 || k.tables != nil && len(modes) > 0 {
		return nil, fmt.Errorf("%w: no file is of %s", fs.ErrNotExist, strings.Join(modes, ", "))
	}
	return files, nil
}

// Published tells whether all files of the study have the bytes of published ones.
func (s Study) Published() bool {
	return !slices.ContainsFunc(s.Data.Campaign.Import.Files, func(file results.ImportedFile) bool { return file.Published == "" })
}
