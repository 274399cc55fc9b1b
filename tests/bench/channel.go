// bench-channel-go CASE ITEMS: the work of channel.c, in Go; see there.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

const workers = 4

type benchCase struct {
	name               string
	capacity           int
	senders, receivers int // no receivers: jobs-results
}

var cases = []benchCase{
	{"unbuffered", 0, 1, 1}, {"buffer-64", 64, 1, 1}, {"buffer-1024", 1024, 1, 1},
	{"4-to-1", 64, 4, 1}, {"4-to-4", 64, 4, 4}, {"jobs-results", 64, 1, 0},
}

type bench struct {
	items, results     chan int
	count              int // of items that each sender sends
	senders, receivers sync.WaitGroup
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

func (b *bench) work() {
	for job := range b.items {
		b.results <- job
	}
	b.receivers.Done()
}

func (b *bench) runJobsAndResults() {
	b.senders.Add(1)
	b.receivers.Add(workers)
	for i := 0; i < workers; i++ {
		go b.work()
	}
	go b.sendItems()
	for i := 0; i < b.count; i++ {
		<-b.results
	}
	b.senders.Wait()
	close(b.items)
	b.receivers.Wait()
}

func (b *bench) runSendersAndReceivers(senders, receivers int) {
	b.senders.Add(senders)
	b.receivers.Add(receivers)
	for i := 0; i < receivers; i++ {
		go b.receiveItems()
	}
	for i := 0; i < senders; i++ {
		go b.sendItems()
	}
	b.senders.Wait()
	close(b.items)
	b.receivers.Wait()
}

func measure(one benchCase, items int) float64 {
	b := bench{
		items:   make(chan int, one.capacity),
		results: make(chan int, one.capacity),
		count:   items / one.senders,
	}
	started := time.Now()
	if one.receivers > 0 {
		b.runSendersAndReceivers(one.senders, one.receivers)
	} else {
		b.runJobsAndResults()
	}
	return float64(time.Since(started).Nanoseconds()) / float64(items)
}

func main() {
	if len(os.Args) == 3 {
		items, err := strconv.Atoi(os.Args[2])
		for _, one := range cases {
			if err == nil && items > 0 && one.name == os.Args[1] {
				fmt.Printf("%.1f\n", measure(one, items))
				return
			}
		}
	}
	fmt.Fprintln(os.Stderr, "bench-channel-go: CASE ITEMS, as bench-channel")
	os.Exit(2)
}
