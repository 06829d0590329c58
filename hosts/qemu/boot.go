package qemu

import (
	"context"
	"errors"
	"time"
)

// Stage is a part of a guest's boot.
type Stage string

// The stages, in their order.
const (
	StageLoader   Stage = "loader"
	StageKernel   Stage = "kernel"
	StageRoot     Stage = "root file system"
	StageLogin    Stage = "login"
	StagePassword Stage = "password"
	StageShell    Stage = "shell"
	StageNetwork  Stage = "network"
	StageKey      Stage = "SSH key"
	StageSSH      Stage = "SSH"
	StageCommand  Stage = "command"
)

// nudgeInterval is after how long without an answer something is typed again: a
// message of the kernel may have come between a prompt and who waits for it.
const nudgeInterval = 30 * time.Second

// Booted is what a boot has shown.
type Booted struct {
	// Kernel of the first banner that was shown, "" for none.
	Kernel Kernel
	// Duration from the call until a shell answered.
	Duration time.Duration
}

// Boot follows the guest until a shell of its user answers. The error is a
// hosts.TargetError with a BootError, or a hosts.HarnessError: ctx has ended, or the
// console could not be kept.
func (c *Console) Boot(ctx context.Context) (Booted, error) {
	start := time.Now()
	kernel, err := c.start(ctx)
	if err == nil {
		err = c.logIn(ctx)
	}
	if err == nil {
		err = c.takeShell(ctx)
	}
	return Booted{Kernel: kernel, Duration: time.Since(start)}, err
}

// start follows the guest to its login prompt.
func (c *Console) start(ctx context.Context) (Kernel, error) {
	g := c.guest
	var banners []string
	for _, banner := range g.Banners {
		banners = append(banners, banner.Text)
	}
	steps := []struct {
		stage Stage
		limit time.Duration
		texts []string
	}{
		{StageLoader, g.Limits.Loader, g.Loader},
		{StageKernel, g.Limits.Kernel, banners},
		{StageRoot, g.Limits.Root, g.Root},
		{StageLogin, g.Limits.Login, g.Login},
	}
	var kernel Kernel
	for at := 0; at < len(steps); {
		step := steps[at]
		if len(step.texts) == 0 {
			at++
			continue
		}
		c.enter(step.stage)
		var all []sign
		for i := at; i < len(steps); i++ {
			all = append(all, signs(steps[i].texts, i)...)
		}
		found, _, err := c.await(ctx, step.limit, nil, all...)
		if err != nil {
			return kernel, err
		}
		switch steps[found.means].stage {
		case StageLoader:
			if err := c.typeIn(ctx, step.limit, enterKey); err != nil {
				return kernel, err
			}
		case StageKernel:
			kernel = g.kernel(found.text)
		}
		at = found.means + 1
	}
	return kernel, nil
}

func (g Guest) kernel(text string) Kernel {
	for _, banner := range g.Banners {
		if banner.Text == text {
			return banner.Kernel
		}
	}
	return ""
}

// What an answer to a login means.
const (
	asksPassword = iota
	refused
	prompted
)

// answer waits for what follows a user's name or password.
func (c *Console) answer(ctx context.Context) (sign, error) {
	all := append(signs(c.guest.PasswordPrompts, asksPassword), signs(c.guest.Refusals, refused)...)
	for _, prompt := range c.guest.Prompts {
		all = append(all, sign{prompt, true, prompted})
	}
	enter := func(ctx context.Context) error { return c.send(ctx, enterKey) }
	found, _, err := c.await(ctx, c.guest.Limits.Command, enter, all...)
	if err == nil && found.means == refused {
		err = c.fault(ErrRefused, found.text)
	}
	return found, err
}

// logIn types the user's name, and the password if it is asked for.
func (c *Console) logIn(ctx context.Context) error {
	c.enter(StagePassword)
	if err := c.typeIn(ctx, c.guest.Limits.Command, c.guest.User+enterKey); err != nil {
		return err
	}
	found, err := c.answer(ctx)
	if err != nil || found.means != asksPassword {
		return err
	}
	if c.guest.Password == "" {
		return c.fault(ErrPassword, "")
	}
	if err := c.typeIn(ctx, c.guest.Limits.Command, c.guest.Password+enterKey); err != nil {
		return err
	}
	found, err = c.answer(ctx)
	if err == nil && found.means == asksPassword {
		return c.fault(ErrRefused, found.text)
	}
	return err
}

// takeShell has /bin/sh take the place of the user's shell, whichever that is, with
// a prompt that nothing else shows. What looked like a prompt before may have been
// part of a message; now a shell has to answer.
func (c *Console) takeShell(ctx context.Context) error {
	c.enter(StageShell)
	if err := c.typeIn(ctx, c.guest.Limits.Command, "exec /bin/sh"+enterKey); err != nil {
		return err
	}
	found, err := c.answer(ctx)
	if err != nil {
		return err
	}
	if found.means == asksPassword {
		return c.fault(ErrRefused, found.text)
	}
	return c.setPrompt(ctx)
}

// setPrompt gives the shell its prompt, and returns when what was typed has been
// answered and the shell waits.
func (c *Console) setPrompt(ctx context.Context) error {
	// As it is typed, the prompt is in two parts: its echo is not the prompt.
	set := "PS1='" + c.token + "''> '" + enterKey
	if err := c.typeIn(ctx, c.guest.Limits.Command, set); err != nil {
		return err
	}
	// A line editor leaves the terminal such that an Enter of what was typed too
	// soon ends no line: what is typed next would continue it.
	again := func(ctx context.Context) error { return c.send(ctx, enterKey+set) }
	found, _, err := c.await(ctx, c.guest.Limits.Command, again, append(signs(c.guest.Refusals, refused), sign{text: c.prompt(), means: prompted})...)
	if err == nil && found.means == refused {
		err = c.fault(ErrRefused, found.text)
	}
	if err != nil {
		return err
	}
	// Each time that it was typed shows a prompt; the last comes before this answer.
	_, err = c.status(ctx)
	c.answers = err == nil
	return err
}

func (c *Console) prompt() string { return c.token + "> " }

// errNoShell is the error for a command before Boot has succeeded.
var errNoShell = errors.New("no shell has answered yet")
