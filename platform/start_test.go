//go:build linux

package platform_test

import (
	"bufio"
	"context"
	"testing"

	"eaibench/hosts"
)

// BenchmarkStart measures from the start of a mode's command to the program's
// first message, without a cgroup's making.
func BenchmarkStart(b *testing.B) {
	for _, name := range modes {
		b.Run(name, func(b *testing.B) {
			m := mode(b, name)
			command, _ := launching{}.command(b, m, deploy(b, m))
			command.Pipes = true
			for b.Loop() {
				process, err := hosts.Local().Start(context.Background(), command)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := bufio.NewReader(process.Stdout()).ReadString('\n'); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				process.Stdin().Close()
				if exit, err := process.Wait(); err != nil || !exit.OK() {
					b.Fatal(exit, err)
				}
				process.Stdout().Close()
				b.StartTimer()
			}
		})
	}
	b.Run("program alone", func(b *testing.B) {
		m := mode(b, "hybrid")
		command := hosts.Command{Args: []string{deploy(b, m)}, Env: m.Environment(), Pipes: true}
		for b.Loop() {
			process, err := hosts.Local().Start(context.Background(), command)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := bufio.NewReader(process.Stdout()).ReadString('\n'); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			process.Stdin().Close()
			if _, err := process.Wait(); err != nil {
				b.Fatal(err)
			}
			process.Stdout().Close()
			b.StartTimer()
		}
	})
}

// BenchmarkObserve measures what an attester reads of a live process.
func BenchmarkObserve(b *testing.B) {
	for _, name := range modes {
		b.Run(name, func(b *testing.B) {
			r := launching{}.start(b, mode(b, name))
			for b.Loop() {
				observe(b, r)
			}
		})
	}
}
