// bench-go CASE ITEMS: the work of bench.c, in Go; see there.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	workers       = 4
	threadsAtOnce = 100
)

type job struct {
	run      func(argument any)
	argument any
}

type bench struct {
	items, results           chan int
	calls                    chan job // the items of pool
	count                    int      // of items of each sender
	senders, receivers, jobs sync.WaitGroup
}

type benchCase struct {
	name               string
	run                func(b *bench, one benchCase)
	capacity           int
	senders, receivers int
}

func (b *bench) sendItems() {
	for i := 0; i < b.count; i++ {
		b.items <- i
	}
	b.senders.Done()
}

func (b *bench) receiveItems() {
	for range b.items {
	}
	b.receivers.Done()
}

func runSendersAndReceivers(b *bench, one benchCase) {
	b.senders.Add(one.senders)
	b.receivers.Add(one.receivers)
	for i := 0; i < one.receivers; i++ {
		go b.receiveItems()
	}
	for i := 0; i < one.senders; i++ {
		go b.sendItems()
	}
	b.senders.Wait()
	close(b.items)
	b.receivers.Wait()
}

func (b *bench) passOn() {
	for job := range b.items {
		b.results <- job
	}
	b.receivers.Done()
}

func runJobsAndResults(b *bench, one benchCase) {
	b.senders.Add(one.senders)
	b.receivers.Add(one.receivers)
	for i := 0; i < one.receivers; i++ {
		go b.passOn()
	}
	go b.sendItems()
	for i := 0; i < b.count; i++ {
		<-b.results
	}
	b.senders.Wait()
	close(b.items)
	b.receivers.Wait()
}

func doNothing(argument any) {}

func (b *bench) work() {
	for job := range b.calls {
		job.run(job.argument)
		b.jobs.Done()
	}
	b.receivers.Done()
}

func runPool(b *bench, one benchCase) {
	b.receivers.Add(one.receivers)
	for i := 0; i < one.receivers; i++ {
		go b.work()
	}
	for i := 0; i < b.count; i++ {
		b.jobs.Add(1)
		b.calls <- job{doNothing, b}
	}
	b.jobs.Wait()
	close(b.calls)
	b.receivers.Wait()
}

func (b *bench) addAndDone() {
	for i := 0; i < b.count; i++ {
		b.jobs.Add(1)
		b.jobs.Done()
	}
	b.senders.Done()
}

func runWaitGroup(b *bench, one benchCase) {
	b.senders.Add(one.senders)
	for i := 0; i < one.senders; i++ {
		go b.addAndDone()
	}
	b.senders.Wait()
}

func runThreads(b *bench, one benchCase) {
	for left := b.count; left > 0; left -= threadsAtOnce {
		now := left
		if now > threadsAtOnce {
			now = threadsAtOnce
		}
		b.jobs.Add(now)
		for i := 0; i < now; i++ {
			go b.jobs.Done()
		}
		b.jobs.Wait()
	}
}

func (b *bench) yieldOften() {
	for i := 0; i < b.count; i++ {
		runtime.Gosched()
	}
	b.senders.Done()
}

func runYields(b *bench, one benchCase) {
	b.senders.Add(one.senders)
	for i := 0; i < one.senders; i++ {
		go b.yieldOften()
	}
	b.senders.Wait()
}

var cases = []benchCase{
	{"unbuffered", runSendersAndReceivers, 0, 1, 1},
	{"buffer-64", runSendersAndReceivers, 64, 1, 1},
	{"buffer-1024", runSendersAndReceivers, 1024, 1, 1},
	{"4-to-1", runSendersAndReceivers, 64, 4, 1},
	{"4-to-4", runSendersAndReceivers, 64, 4, 4},
	{"jobs-results", runJobsAndResults, 64, 1, workers},
	{"pool", runPool, 64, 1, workers},
	{"wait-group", runWaitGroup, 0, 1, 0},
	{"wait-group-4", runWaitGroup, 0, 4, 0},
	{"thread-start", runThreads, 0, 1, 0},
	{"yield", runYields, 0, 2, 0},
}

func measure(one benchCase, items int) float64 {
	b := bench{
		items:   make(chan int, one.capacity),
		results: make(chan int, one.capacity),
		calls:   make(chan job, one.capacity),
		count:   items / one.senders,
	}
	started := time.Now()
	one.run(&b, one)
	return float64(time.Since(started).Nanoseconds()) / float64(b.count*one.senders)
}

func main() {
	if len(os.Args) == 3 {
		items, err := strconv.Atoi(os.Args[2])
		// Go's channel is its own.
		name := strings.TrimPrefix(os.Args[1], "own-")
		for _, one := range cases {
			if err == nil && items >= one.senders && one.name == name {
				fmt.Printf("%.1f\n", measure(one, items))
				return
			}
		}
	}
	fmt.Fprintln(os.Stderr, "bench-go: CASE ITEMS, as bench")
	os.Exit(2)
}
