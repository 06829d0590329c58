package launcher

import (
	"context"
	"io"
)

// runPlain carries out a program that was compiled without the runtime: it runs in its compartment, under the same limits, to its
// end. It speaks no messages, so nothing is attested, it gets no certificate, and no service would answer it. What it returns
// is as converse has it.
//
// There is no sample of createCompartment: it ends with the message `ready`, which such a program never sends.
func (r *run) runPlain(ctx context.Context, cancel context.CancelCauseFunc) error {
	if err := r.retrieveProgram(); err != nil {
		return err
	}
	if err := r.deploy(ctx); err != nil {
		return err
	}
	r.step = "createCompartment"
	if err := r.startProcess(ctx, cancel); err != nil {
		return err
	}
	r.step = "running a program without messages"
	exit, err := r.compartment.wait()
	if err != nil {
		return err
	}
	// It may hide from its exit status that it met a limit, or lost a child to one.
	usage := r.compartment.usage()
	if context.Cause(ctx) != nil || !exit.OK() || usage.OutOfMemory > 0 || usage.ProcessesRefused > 0 {
		return io.EOF // end says how it ended
	}
	return nil
}
