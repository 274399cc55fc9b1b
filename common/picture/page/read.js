
'use strict';
// Reads the runs that stand above. Times are microseconds.

// Members of rows, as picture/replay.h lists them.
const THREAD = 1, FROM = 2, TO = 3;
const END = 4, TASK = 5, ARTICLE = 6, ATTEMPT = 7, IN_FLIGHT = 8; // of a call
const WAIT = 5, WORDS = 6, LOCK = 7, WOKEN_BY = 8; // of a wait
const HELD = 5, HELD_WORDS = 6; // of a held lock
// enum span_end and enum timeline_wait
const OPEN = 0, FAILED = 3, GIVEN_UP = 4;
const WAIT_LOCK = 1, WAIT_SEND = 2, WAIT_RECEIVE = 3;

// The order of lanes: these, all others by the alphabet, and the stages as an article passes them.
const FIRST_NAMES = ['main', 'feeder', 'closer'];
const LAST_NAMES = ['preprocess', 'summarize', 'sentiment', 'keywords', 'store'];

// The number of items, sorted by key, whose key is at most `most`.
function count_up_to(items, most, key = item => item) {
    let low = 0, high = items.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (key(items[middle]) <= most)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

function split_name(name) {
    const found = /^(.*?)(?: (\d+))?$/s.exec(name);
    return [found[1], found[2] === undefined ? -1 : Number(found[2])];
}

function rank_of(kind) {
    const first = FIRST_NAMES.indexOf(kind), last = LAST_NAMES.indexOf(kind);
    return first >= 0 ? first : FIRST_NAMES.length + 1 + last;
}

function compare_names(left, right) {
    const [a, m] = split_name(left), [b, n] = split_name(right);
    return rank_of(a) - rank_of(b) || (a < b ? -1 : a > b ? 1 : m - n);
}

function read_run(element) {
    const run = { threads: [], words: [], holds: new Map(), circle: [], in_flight_max: 0 };
    const starts = [], ends = [], times = [];
    for (const row of JSON.parse(element.textContent)) {
        const thread = run.threads[row[THREAD]];
        switch (row[0]) {
        case 't':
            run.threads[row[1]] = { name: row[2], began: Infinity, ended: Infinity, spans: [], holds: [],
                refused: [], stored: [] };
            break;
        case 'b':
            thread.began = row[FROM];
            times.push(row[FROM]);
            break;
        case 'e':
            thread.ended = row[FROM];
            times.push(row[FROM]);
            break;
        case 's':
            run.words[row[1]] = row[2];
            break;
        case 'c':
            starts.push(row[FROM]);
            if (row[END] !== OPEN)
                ends.push(row[TO]);
            run.in_flight_max = Math.max(run.in_flight_max, row[IN_FLIGHT]);
            // falls through
        case 'w':
            thread.spans.push(row);
            times.push(row[FROM], row[TO]);
            break;
        case 'h':
            thread.holds.push(row);
            if (!run.holds.has(row[HELD]))
                run.holds.set(row[HELD], []);
            run.holds.get(row[HELD]).push(row);
            times.push(row[FROM], row[TO]);
            break;
        case 'r':
            thread.refused.push(row);
            times.push(row[FROM]);
            break;
        case 'd':
            thread.stored.push(row);
            times.push(row[FROM]);
            break;
        case 'g':
            run.circle.push({ wakers: row[1], is_in_circle: row[2], woken_by: row[3], threads: [] });
            break;
        case 'm':
            run.circle[row[2]].threads.push(run.threads[row[1]]);
            thread.is_grouped = true;
            break;
        case 'a':
            Object.assign(run, row[1]);
            break;
        }
    }
    run.starts = Float64Array.from(starts).sort();
    run.ends = Float64Array.from(ends).sort();
    run.times = times;
    run.lanes = run.threads.filter(thread => thread)
        .sort((a, b) => compare_names(a.name, b.name));
    run.lanes.forEach((thread, lane) => { thread.lane = lane; });
    for (const holds of [...run.holds.values(), ...run.lanes.map(thread => thread.holds)])
        holds.sort((a, b) => a[FROM] - b[FROM]);
    // All wait for ever, or only those that main has left behind. From when on is this so?
    for (const thread of run.lanes)
        thread.is_stuck = run.stalled && thread.spans.some(span => span[END] === OPEN);
    const main = run.lanes.find(thread => thread.name === 'main');
    run.is_left = run.stalled && main !== undefined && !main.is_stuck;
    if (main && !main.is_stuck)
        main.ended = Math.min(main.ended, run.end);
    // Threads that main has left behind go on for a while.
    const last = times.reduce((a, b) => Math.max(a, b), 0);
    if (last > run.end)
        run.end = Math.round(last * (run.is_left ? 1.05 : 1));
    for (const span of run.lanes.flatMap(thread => thread.spans.concat(thread.holds)))
        if (span[END] === OPEN)
            span[TO] = run.end;
    run.stalled_at = run.is_left ? run.end : run.stalled
        ? Math.max(0, ...run.lanes.map(lane => lane.spans[lane.spans.length - 1]).filter(span => span)
            .map(span => span[FROM])) : Infinity;
    return run;
}
