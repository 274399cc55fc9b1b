
'use strict';
// Draws the runs that stand above as lanes, and plays them back. Times are microseconds.

// Members of rows, as picture/replay.h lists them.
const THREAD = 1, FROM = 2, TO = 3;
const END = 4, TASK = 5, ARTICLE = 6, ATTEMPT = 7, IN_FLIGHT = 8; // of a call
const WAIT = 5, WORDS = 6, LOCK = 7, WOKEN_BY = 8; // of a wait
const HELD = 5, HELD_WORDS = 6; // of a held lock
// enum span_end and enum timeline_wait
const OPEN = 0, FAILED = 3, GIVEN_UP = 4;
const END_WORDS = ['goes on', 'over', 'answered', 'failed', 'given up'];
const WAIT_LOCK = 1, WAIT_SEND = 2, WAIT_RECEIVE = 3;

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5];
const RANGES_MAX = 12;
const LANES_MAX = 500; // no canvas can be higher than 16,384
const FIRST_NAMES = ['main', 'feeder', 'closer'];
const LAST_NAMES = ['preprocess', 'summarize', 'sentiment', 'keywords', 'store'];

const by_id = id => document.getElementById(id);
const seconds = at => (at / 1e6).toFixed(3) + ' s';

// The number of items, sorted by key, whose key is at most so much.
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

// ---- Names -------------------------------------------------------------------------------------

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

// 1, 2, 3, 5: "1-3, 5"; of many, the first of them and how many they are
function ranges_of(numbers) {
    const ranges = [];
    for (const number of numbers.slice().sort((a, b) => a - b)) {
        const last = ranges[ranges.length - 1];
        if (last && number <= last[1] + 1)
            last[1] = number;
        else
            ranges.push([number, number]);
    }
    const words = ranges.slice(0, RANGES_MAX).map(([from, to]) => from === to ? from : from + '-' + to).join(', ');
    return words + (ranges.length > RANGES_MAX ? `, ... (${numbers.length})` : '');
}

// "article 1-3, 5, main"
function list_names(names) {
    const kinds = new Map();
    for (const name of names) {
        const [kind, number] = split_name(name);
        if (!kinds.has(kind))
            kinds.set(kind, []);
        kinds.get(kind).push(number);
    }
    return [...kinds].map(([kind, numbers]) => {
        const counted = numbers.filter(number => number >= 0);
        const plain = numbers.length - counted.length;
        return (plain > 1 ? `${plain} x ${kind}` : kind) + (counted.length ? ' ' + ranges_of(counted) : '');
    }).join(', ');
}

// ---- Reading -----------------------------------------------------------------------------------

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
        run.end = last * (run.is_left ? 1.05 : 1);
    for (const span of run.lanes.flatMap(thread => thread.spans.concat(thread.holds)))
        if (span[END] === OPEN)
            span[TO] = run.end;
    run.stalled_at = run.is_left ? run.end : run.stalled
        ? Math.max(0, ...run.lanes.map(lane => lane.spans[lane.spans.length - 1]).filter(span => span)
            .map(span => span[FROM])) : Infinity;
    return run;
}

// ---- What a thread does at a moment ------------------------------------------------------------

// Whether the row, which began before, goes on then.
const is_at = (row, at) => at < row[TO] || row[END] === OPEN;

function span_at(thread, at) {
    const span = thread.spans[count_up_to(thread.spans, at, row => row[FROM]) - 1];
    return span && is_at(span, at) ? span : undefined;
}

function holder_at(run, lock, at) {
    const holds = run.holds.get(lock) || [], hold = holds[count_up_to(holds, at, row => row[FROM]) - 1];
    return hold && is_at(hold, at) ? run.threads[hold[THREAD]] : undefined;
}

function locks_at(run, thread, at) {
    return thread.holds.filter(row => row[FROM] <= at && is_at(row, at))
        .map(row => `"${run.words[row[HELD_WORDS]]}"`);
}

const call_words = (run, row) => `${run.tasks[row[TASK]]} of article ${row[ARTICLE]}` +
    (row[ATTEMPT] > 1 ? `, attempt ${row[ATTEMPT]}` : '');

const is_own_article = (thread, row) => thread.name === 'article ' + row[ARTICLE];

// Until when a group of threads waits, in words.
function until_words(run, group) {
    const open = group.find(({ span }) => span[END] === OPEN);
    if (open)
        return run.stalled ? 'for ever' : 'to the end of the run';
    const first = group.reduce((a, b) => b.span[TO] < a.span[TO] ? b : a);
    const waker = run.threads[first.span[WOKEN_BY]], when = seconds(first.span[TO]);
    // As it is shown, which is coarser than it is known.
    const same = group.every(({ span }) => span[WOKEN_BY] === first.span[WOKEN_BY]);
    const at_once = group.every(({ span }) => seconds(span[TO]) === when);
    if (!waker)
        return at_once ? `until ${when}` : `the first until ${when}`;
    if (group.length === 1)
        return `until ${waker.name} wakes it, at ${when}`;
    if (same)
        return `until ${waker.name} wakes them, ${at_once ? 'at' : 'the first at'} ${when}`;
    return `until ${waker.name} wakes ${first.thread.name}, the first of them, at ${when}`;
}

function sign_of(span) {
    if (span[0] === 'c')
        return '--task-' + span[TASK];
    return { [WAIT_LOCK]: '--lock', [WAIT_SEND]: '--send', [WAIT_RECEIVE]: '--receive' }[span[WAIT]] || '--waits';
}

// What the threads do, like threads together: items of {names, text, strong, sign, is_dim}.
function items_at(run, at) {
    const groups = new Map(), waiting = [], ended = [];
    for (const thread of run.lanes) {
        const span = span_at(thread, at);
        if (thread.began > at) {
            waiting.push(thread.name);
        } else if (!span && (thread.ended <= at || at >= run.end)) {
            ended.push(thread.name);
        } else if (at < run.stalled_at || !thread.is_grouped) {
            const locks = locks_at(run, thread, at).join(', ');
            const holder = span && span[0] === 'w' && span[LOCK] ? holder_at(run, span[LOCK], at) : undefined;
            let key = 'own';
            if (span)
                key = span[0] === 'c' ? 'c' + span[TASK] + is_own_article(thread, span)
                    : [span[WAIT], span[WORDS], holder && holder.lane].join();
            key += '|' + locks;
            if (!groups.has(key))
                groups.set(key, []);
            groups.get(key).push({ thread, span, locks, holder });
        }
    }
    const items = [...groups.values()].map(group => item_of(run, group));
    if (waiting.length)
        items.push({ names: list_names(waiting), text: 'not yet begun', is_dim: true });
    if (ended.length)
        items.push({ names: list_names(ended), text: 'ended', is_dim: true });
    if (at >= run.stalled_at)
        items.push(...circle_items(run, at));
    return items;
}

// After a stall: who could wake whom, those that can only wake each other last.
function circle_items(run, at) {
    const by_circle = run.circle.slice().sort((a, b) => a.is_in_circle - b.is_in_circle);
    return by_circle.map(({ threads, wakers, is_in_circle }) => {
        const { names, text, sign } = item_of(run, threads.slice(0, 1).map(thread =>
            ({ thread, span: span_at(thread, at), locks: locks_at(run, thread, at).join(', ') })));
        return { names: threads.length > 1 ? list_names(threads.map(thread => thread.name)) : names,
            text, sign, strong: 'for ever', wakers, is_in_circle };
    });
}

function item_of(run, group) {
    const { thread, span, locks, holder } = group[0];
    const item = { names: list_names(group.map(member => member.thread.name)), strong: '' };
    const with_locks = locks ? `, holding the lock ${locks}` : '';
    if (!span) {
        item.text = 'at work of its own' + with_locks;
    } else if (span[0] === 'c') {
        const articles = ranges_of(group.map(member => member.span[ARTICLE]));
        item.text = run.tasks[span[TASK]] +
            (is_own_article(thread, span) ? '' : ` of article ${articles}`) + with_locks;
        item.sign = sign_of(span);
    } else {
        item.text = run.words[span[WORDS]] + with_locks;
        item.sign = sign_of(span);
        if (holder)
            item.strong = `held by ${holder.name}`;
        else if (group.some(member => member.span[END] === OPEN) && run.stalled)
            item.strong = 'for ever';
        else
            item.until = until_words(run, group);
    }
    return item;
}

// What happened after one moment and up to another, a line for threads to which the same happened.
function events_between(run, after, at) {
    const lines = new Map();
    const is_in = moment => moment > after && moment <= at;
    for (const thread of run.lanes) {
        const events = [];
        if (is_in(thread.began))
            events.push([thread.began, 'begins']);
        for (const span of rows_between(thread.spans, after, at)) {
            const waker = span[0] === 'w' && run.threads[span[WOKEN_BY]];
            if (is_in(span[TO]) && span[END] !== OPEN)
                events.push([span[TO], span[0] === 'c' ? `${run.tasks[span[TASK]]} ${END_WORDS[span[END]]}`
                    : waker ? `woken by ${waker.name}` : 'goes on']);
            if (is_in(span[FROM]))
                events.push([span[FROM], span[0] === 'c' ? `calls ${run.tasks[span[TASK]]}` : 'waits']);
        }
        for (const hold of rows_between(thread.holds, after, at)) {
            if (is_in(hold[FROM]))
                events.push([hold[FROM], `takes the lock "${run.words[hold[HELD_WORDS]]}"`]);
            if (is_in(hold[TO]) && hold[END] !== OPEN)
                events.push([hold[TO], `gives the lock "${run.words[hold[HELD_WORDS]]}" back`]);
        }
        for (const row of thread.refused.filter(refused => is_in(refused[FROM])))
            events.push([row[FROM], `${run.tasks[row[TASK]]} refused`]);
        for (const row of thread.stored.filter(stored => is_in(stored[FROM])))
            events.push([row[FROM], 'stores']);
        if (is_in(thread.ended))
            events.push([thread.ended, 'ends']);
        if (events.length) {
            const line = [...new Set(events.sort((a, b) => a[0] - b[0]).map(event => event[1]))].join(', ');
            if (!lines.has(line))
                lines.set(line, []);
            lines.get(line).push(thread.name);
        }
    }
    return [...lines].map(([line, names]) => `${list_names(names)}: ${line}`);
}

// The rows that begin or end after one moment and up to another.
function rows_between(rows, after, at) {
    const found = [];
    for (let i = count_up_to(rows, at, row => row[FROM]) - 1; i >= 0 && rows[i][TO] > after; i--)
        found.unshift(rows[i]);
    return found;
}

// ---- Drawing -----------------------------------------------------------------------------------

const RIGHT = 84, AXIS = 18, FLIGHT = 26, HEADING = 32, MONO = 'ui-monospace, "DejaVu Sans Mono", monospace';
const COLOURS = ['--ground', '--text', '--dim', '--grid', '--alive', '--task-0', '--task-1', '--task-2', '--hatch',
    '--lock', '--send', '--receive', '--waits', '--bad', '--wakes', '--chosen', '--cursor'];
let colours = {};

function read_colours() {
    const style = getComputedStyle(document.documentElement);
    colours = Object.fromEntries(COLOURS.map(name => [name, style.getPropertyValue(name).trim()]));
}

const font_size = row => Math.max(9, Math.min(14, row - 2));

function make_canvas(width, height) {
    const canvas = document.createElement('canvas'), ratio = devicePixelRatio || 1;
    resize_canvas(canvas, width, height, ratio);
    return canvas;
}

function resize_canvas(canvas, width, height) {
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    canvas.getContext('2d').setTransform(ratio, 0, 0, ratio, 0, 0);
}

// Draws a call or a wait, such that their kinds differ without colour, too.
function draw_span(context, span, x, width, y, height) {
    context.fillStyle = colours[sign_of(span)];
    if (span[0] === 'c') {
        const inset = height > 14 ? 2 : 1;
        context.fillRect(x, y + inset, width, height - 2 * inset);
        context.fillStyle = colours['--hatch'];
        if (span[TASK] === 1)
            for (let line = 3; line < width; line += 6)
                context.fillRect(x + line, y + inset, 1, height - 2 * inset);
        else if (span[TASK] === 2)
            context.fillRect(x, y + height / 2 - 0.5, width, 1);
        return;
    }
    const thickness = span[WAIT] === WAIT_LOCK ? Math.max(3, height * 0.3) : Math.max(2, height * 0.18);
    const top = y + (height - thickness) / 2;
    if (span[WAIT] === WAIT_RECEIVE && width > 6)
        for (let dash = 0; dash < width; dash += 5)
            context.fillRect(x + dash, top, Math.min(3, width - dash), thickness);
    else
        context.fillRect(x, top, width, thickness);
}

function draw_cross(context, x, y, size) {
    context.strokeStyle = colours['--bad'];
    context.lineWidth = 1.8;
    context.beginPath();
    context.moveTo(x - size, y - size);
    context.lineTo(x + size, y + size);
    context.moveTo(x + size, y - size);
    context.lineTo(x - size, y + size);
    context.stroke();
}

// Draws all that passes, as if the run were over.
function draw_lane(view, context, thread) {
    const { run, row, x_of } = view, y = thread.lane * row;
    // What never ends goes on beyond the end of its run.
    const end_of = span => run.stalled && span[END] === OPEN ? view.scale : span[TO];
    const until = thread.is_stuck ? view.scale : Math.min(thread.ended, run.end);
    const middle = y + row / 2;
    if (thread.began < Infinity) {
        context.fillStyle = colours['--alive'];
        context.fillRect(x_of(thread.began), middle - 0.5, x_of(until) - x_of(thread.began), 1);
    }
    let drawn = -1;
    for (const is_call of [false, true])
        for (const span of thread.spans) {
            if ((span[0] === 'c') !== is_call)
                continue;
            const x = x_of(span[FROM]), width = Math.max(0.8, x_of(end_of(span)) - x - (is_call && row > 8 ? 0.7 : 0));
            if (width < 1 && Math.floor(x * 2) === drawn)
                continue; // a run of millions has a lane of 900 columns, too
            drawn = width < 1 ? Math.floor(x * 2) : -1;
            draw_span(context, span, x, width, y, row);
            if (is_call && (span[END] === FAILED || span[END] === GIVEN_UP)) {
                context.fillStyle = colours['--bad'];
                context.fillRect(x_of(span[TO]) - 3, y, 3, row);
                context.font = `bold ${Math.max(10, Math.min(18, row - 2))}px ${MONO}`;
                context.lineWidth = 4;
                context.strokeStyle = colours['--ground'];
                context.strokeText(span[END] === FAILED ? '!' : '~', x_of(span[TO]) - 10, middle);
                context.fillText(span[END] === FAILED ? '!' : '~', x_of(span[TO]) - 10, middle);
            }
        }
    context.fillStyle = colours['--lock'];
    for (const hold of thread.holds)
        if (x_of(end_of(hold)) - x_of(hold[FROM]) >= 1)
            context.fillRect(x_of(hold[FROM]), y + row - 2, x_of(end_of(hold)) - x_of(hold[FROM]), 1.5);
    for (const refused of thread.refused)
        draw_cross(context, x_of(refused[FROM]), middle, Math.min(4, row / 3.5));
    context.fillStyle = colours['--wakes'];
    for (const stored of thread.stored)
        context.fillRect(x_of(stored[FROM]) - 1, y + 1, 2, row - 2);
}

// Draws the most calls in flight of each column.
function draw_flight(view, context) {
    const { run, x_of } = view, top = view.rows * view.row + 4, height = FLIGHT - 6;
    const columns = new Int32Array(Math.ceil(x_of(run.end)) + 1);
    let calls = 0, start = 0, end = 0, last = 0;
    const carry_to = column => {
        while (last < column)
            columns[++last] = calls;
    };
    while (start < run.starts.length || end < run.ends.length) {
        const is_start = end >= run.ends.length || run.starts[start] < run.ends[end];
        carry_to(Math.floor(x_of(is_start ? run.starts[start++] : run.ends[end++])));
        calls += is_start ? 1 : -1;
        columns[last] = Math.max(columns[last], calls);
    }
    carry_to(Math.floor(x_of(run.end)));
    context.fillStyle = colours['--waits'];
    columns.forEach((most, x) => {
        const size = height * most / Math.max(1, run.in_flight_max);
        context.fillRect(x, top + height - size, 1, size);
    });
}

function tick_step(scale, width) {
    const least = scale * 64 / Math.max(width, 64);
    let step = 1000;
    for (let i = 0; step < least; i++)
        step *= [2, 2.5, 2][i % 3];
    return step;
}

// Draws what does not change as time passes: names, times, when each thread ended.
function draw_ground(view, context) {
    const { run, row, x_of, left, width } = view, bottom = view.rows * row + FLIGHT;
    const size = font_size(row);
    context.textBaseline = 'middle';
    context.font = `12px ${MONO}`;
    const step = tick_step(view.scale, width - left - RIGHT);
    for (let at = 0; at <= view.scale * (1 + 1e-9); at += step) {
        context.fillStyle = colours['--grid'];
        context.fillRect(x_of(at), 0, 1, bottom);
        context.fillStyle = colours['--dim'];
        context.textAlign = 'center';
        context.fillText(Number((at / 1e6).toFixed(3)) + (at === 0 ? ' s' : ''), x_of(at), bottom + AXIS / 2);
    }
    context.font = `${size}px ${MONO}`;
    for (const thread of run.lanes.slice(0, view.lanes)) {
        const middle = thread.lane * row + row / 2;
        context.fillStyle = colours['--text'];
        context.textAlign = 'right';
        context.fillText(thread.name, left - 8, middle, left - 8);
        context.fillStyle = colours[thread.is_stuck ? '--lock' : '--dim'];
        context.textAlign = 'left';
        if (thread.is_stuck || (thread.ended < Infinity && thread.began < Infinity))
            context.fillText(thread.is_stuck ? 'for ever' : (thread.ended / 1e6).toFixed(1) + ' s', width - RIGHT + 10, middle);
    }
    context.fillStyle = colours['--dim'];
    if (view.rows > view.lanes) {
        context.textAlign = 'left';
        context.fillText(`... and ${run.lanes.length - view.lanes} more`, left, (view.lanes + 0.5) * row);
    }
    context.font = `12px ${MONO}`;
    context.textAlign = 'right';
    context.fillText('in flight', left - 8, view.rows * row + FLIGHT / 2 + 1);
    context.textAlign = 'left';
    context.fillText(`at most ${run.in_flight_max}`, width - RIGHT + 10, view.rows * row + FLIGHT / 2 + 1, RIGHT - 10);
}

// An arrow beside the cursor; side: 1 to its right, -1 to its left.
function draw_arrow(context, x, side, from, to, colour, width, dash) {
    const bend = side * (18 + Math.min(26, Math.abs(to - from) / 8));
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x, from);
    context.bezierCurveTo(x + bend, from, x + bend, to, x + side * 7, to);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(x + side, to);
    context.lineTo(x + side * 9, to - 4);
    context.lineTo(x + side * 9, to + 4);
    context.fill();
}

// From each to each; of many threads, from one to one.
function arrows_between(from, to) {
    const few = threads => from.length * to.length > 40 ? threads.slice(0, 1) : threads;
    return few(from).flatMap(thread => few(to).map(waker => [thread, waker, '--lock', false]));
}

// The arrows at a moment: from a thread to the thread that can let it go on, and from a waker.
function arrows_at(run, at, after, chosen) {
    const arrows = [];
    for (const thread of run.lanes) {
        const span = span_at(thread, at);
        if (span && span[0] === 'w') {
            const holder = span[LOCK] ? holder_at(run, span[LOCK], at) : undefined;
            if (holder && !(thread.is_grouped && at >= run.stalled_at))
                arrows.push([thread, holder, '--lock', false]);
            else if (thread === chosen && run.threads[span[WOKEN_BY]])
                arrows.push([thread, run.threads[span[WOKEN_BY]], '--dim', true]);
        }
        for (const over of rows_between(thread.spans, after, at))
            if (over[0] === 'w' && over[TO] <= at && over[END] !== OPEN && run.threads[over[WOKEN_BY]])
                arrows.push([run.threads[over[WOKEN_BY]], thread, '--wakes', true]);
    }
    if (at >= run.stalled_at)
        for (const group of run.circle)
            for (const waker of group.woken_by)
                arrows.push(...arrows_between(group.threads, run.circle[waker].threads));
    return arrows;
}

// ---- A run on the page -------------------------------------------------------------------------

function element(name, parent, words) {
    const made = document.createElement(name);
    if (words !== undefined)
        made.textContent = words;
    parent.append(made);
    return made;
}

function make_view(run) {
    const section = element('section', by_id('runs')), heading = element('h2', section, run.title);
    section.setAttribute('aria-label', run.title);
    heading.append(': ' + (run.figures ||
        `${run.stalled ? 'stalled' : seconds(run.end)}, at most ${run.in_flight_max} in flight`));
    element('small', heading, run.summary);
    heading.title = run.command;
    const canvas = element('canvas', element('div', section));
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label',
        `Lanes of ${run.lanes.length} threads over time. The list beside it says what they do at the time chosen.`);
    const aside = element('aside', section);
    aside.setAttribute('aria-label', 'What the threads do at the time chosen');
    return { run, section, canvas, aside, lanes: Math.min(run.lanes.length, LANES_MAX),
        rows: Math.min(run.lanes.length, LANES_MAX + 1) };
}

// Sizes of a view, and the two pictures from which each frame is put together.
function lay_out(view, row, longest) {
    const width = view.canvas.parentElement.clientWidth;
    const measure = view.canvas.getContext('2d');
    const height = view.rows * row + FLIGHT + AXIS;
    measure.font = `${font_size(row)}px ${MONO}`;
    view.row = row;
    view.width = width;
    view.left = 16 + Math.min(150, Math.max(64, ...view.run.lanes.slice(0, view.lanes)
        .map(thread => measure.measureText(thread.name).width)));
    view.scale = by_id('same').checked ? longest : view.run.end;
    view.x_of = at => view.left + Math.max(0, at) / view.scale * (width - view.left - RIGHT);
    view.at_of = x => (x - view.left) / (width - view.left - RIGHT) * view.scale;
    view.canvas.style.height = height + 'px';
    view.aside.style.maxHeight = Math.max(height, 110) + 'px';
    resize_canvas(view.canvas, width, height);
    view.ground = make_canvas(width, height);
    view.passing = make_canvas(width, height);
    draw_ground(view, view.ground.getContext('2d'));
    const context = view.passing.getContext('2d');
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    for (const thread of view.run.lanes.slice(0, view.lanes))
        draw_lane(view, context, thread);
    draw_flight(view, context);
}

function draw_view(view, at, after, chosen) {
    const { run, canvas, row, width } = view, context = canvas.getContext('2d');
    const height = view.rows * row + FLIGHT + AXIS, x = view.x_of(Math.min(at, view.scale));
    context.clearRect(0, 0, width, height);
    if (chosen && chosen.view === view) {
        context.fillStyle = colours['--chosen'];
        context.fillRect(0, chosen.thread.lane * row, width, row);
    }
    context.drawImage(view.ground, 0, 0, width, height);
    for (const [from, to, alpha] of [[0, x, 1], [x, width, 0.2]]) {
        context.save();
        context.beginPath();
        context.rect(from, 0, to - from, height);
        context.clip();
        context.globalAlpha = alpha;
        context.drawImage(view.passing, 0, 0, width, height);
        context.restore();
    }
    context.fillStyle = colours['--cursor'];
    context.fillRect(x - 0.75, 0, 1.5, view.rows * row + FLIGHT);
    const side = x < width - RIGHT - 60 ? 1 : -1;
    const arrows = arrows_at(run, at, after, chosen && chosen.view === view ? chosen.thread : undefined)
        .filter(([from, to]) => from.lane < view.lanes && to.lane < view.lanes);
    // All in the colour of the ground first, so that what lies below hides none.
    for (const is_line of [false, true])
        for (const [from, to, colour, is_dashed] of arrows)
            draw_arrow(context, x, side, (from.lane + 0.5) * row, (to.lane + 0.5) * row,
                colours[is_line ? colour : '--ground'], is_line ? 1.5 : 4, is_line && is_dashed ? [4, 3] : []);
}

function lane_words(run, thread, at) {
    const span = span_at(thread, at);
    if (!span)
        return `${thread.name}: ` + (thread.began > at ? 'not yet begun'
            : thread.ended <= at ? `ended at ${seconds(thread.ended)}` : 'at work of its own');
    const holder = span[0] === 'w' && span[LOCK] ? holder_at(run, span[LOCK], at) : undefined;
    const rest = span[0] === 'c' ? END_WORDS[span[END]]
        : (holder ? `held by ${holder.name}, ` : '') + until_words(run, [{ thread, span }]);
    return `${thread.name}, from ${seconds(span[FROM])} to ${seconds(span[TO])}: ` +
        `${span[0] === 'c' ? call_words(run, span) : run.words[span[WORDS]]}, ${rest}`;
}

function write_words(view, at, after, chosen) {
    const { run, aside } = view, is_over = at >= run.end;
    const calls = count_up_to(run.starts, at) - count_up_to(run.ends, at);
    aside.replaceChildren();
    const first = element('p', aside);
    element('strong', first, seconds(run.stalled ? at : Math.min(at, run.end)));
    first.append(', in flight ');
    element('strong', first, calls);
    if (at >= run.stalled_at) {
        first.append('. ');
        element('em', first, run.is_left ? 'The run is over; these are left for ever.'
            : 'Stalled: nobody is left to wake one.');
    } else if (is_over) {
        first.append('. The run is over.');
    }
    const list = element('ul', aside);
    for (const item of items_at(run, Math.min(at, run.end))) {
        const line = element('li', list, `${item.names}: ${item.text}`);
        line.className = item.is_dim ? 'dim' : '';
        if (item.sign)
            line.style.setProperty('--sign', `var(${item.sign})`);
        if (item.strong) {
            line.append(', ');
            element('em', line, item.strong);
        } else if (item.until) {
            line.append(', ' + item.until);
        }
        if (item.wakers)
            line.append(' \u2192 ' + item.wakers);
        line.classList.toggle('circle', Boolean(item.is_in_circle));
    }
    if (list.querySelector('.circle'))
        element('p', aside, 'A circle: each waits for another of these.').className = 'circle';
    const said = [];
    if (chosen && chosen.view === view) {
        said.push(lane_words(run, chosen.thread, Math.min(at, run.end)));
        element('p', aside, said[0]).className = 'lane';
    }
    if (after < at) {
        const events = events_between(run, after, at);
        if (events.length) {
            said.push(events.join('; '));
            element('p', aside, said[said.length - 1]).className = 'event';
        }
    }
    return said.length ? `${run.title}: ${said.join('; ')}` : '';
}

// ---- The whole page ----------------------------------------------------------------------------

const views = [...document.querySelectorAll('script.run')].map(read_run).map(make_view);
const longest = Math.max(1, ...views.map(view => view.run.end));
// Events that are closer than can be told apart on the screen are one step.
const closest = Math.max(500, longest / 5000);
const times = Float64Array.from(views.flatMap(view => view.run.times)
    .map(at => Math.max(0, Math.min(longest, at)))).sort();
const is_calm = matchMedia('(prefers-reduced-motion: reduce)');
const state = { at: longest, after: longest, chosen: undefined, frame: 0, last: 0, shown: 0 };

function show() {
    const said = [];
    by_id('at').value = state.at;
    by_id('at').setAttribute('aria-valuetext', seconds(state.at));
    by_id('now').textContent = seconds(state.at);
    for (const view of views) {
        draw_view(view, state.at, state.after, state.chosen);
        said.push(write_words(view, state.at, state.frame ? state.at : state.after, state.chosen));
    }
    if (state.frame)
        return; // a screen reader would never come to an end of what is said
    for (const { aside } of views)
        aside.tabIndex = aside.scrollHeight > aside.clientHeight ? 0 : -1; // so that keys can scroll it
    by_id('said').textContent = [seconds(state.at), ...said].filter(words => words).join('. ');
}

// after: the moment from which on what happened is told, too.
function go_to(at, after = at) {
    state.at = Math.max(0, Math.min(longest, at));
    state.after = Math.min(after, state.at);
    show();
}

// The last moment of the step that begins with this event.
function end_of_step(first) {
    return times[count_up_to(times, times[first] + closest) - 1];
}

function step(direction) {
    pause();
    let first = count_up_to(times, state.at);
    if (direction < 0) {
        // The steps before this moment begin with the first event of all, as those ahead do.
        first = 0;
        let before = -1;
        while (first < times.length && end_of_step(first) < state.at) {
            before = first;
            first = count_up_to(times, end_of_step(first));
        }
        if (before < 0)
            return go_to(0);
        first = before;
    } else if (first >= times.length) {
        return go_to(longest);
    }
    go_to(end_of_step(first), times[first] - 0.5);
}

function pause() {
    if (state.frame)
        cancelAnimationFrame(state.frame);
    state.frame = 0;
    by_id('play').className = '';
    by_id('play').lastElementChild.textContent = 'Play';
}

function play_on(time) {
    const passed = (time - state.last) * 1000 * Number(by_id('speed').value);
    state.last = time;
    state.shown = Math.min(longest, state.shown + passed);
    if (state.shown >= longest) {
        pause();
        go_to(longest);
        return;
    }
    state.frame = requestAnimationFrame(play_on);
    if (is_calm.matches) {
        // From event to event: nothing glides.
        const last = times[count_up_to(times, state.shown) - 1] || 0;
        if (last !== state.at)
            go_to(last, state.at);
    } else {
        // An arrow of a wake stays for a quarter of a second.
        go_to(state.shown, state.shown - 250000 * Number(by_id('speed').value));
    }
}

function play() {
    if (state.frame) {
        pause();
        show();
        return;
    }
    state.shown = state.at >= longest ? 0 : state.at;
    state.last = performance.now();
    by_id('play').className = 'plays';
    by_id('play').lastElementChild.textContent = 'Pause';
    state.frame = requestAnimationFrame(play_on);
}

function change_speed(direction) {
    const chosen = SPEEDS.indexOf(Number(by_id('speed').value)) + direction;
    by_id('speed').value = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, chosen))];
}

function choose(view, lane) {
    state.chosen = view && lane >= 0 && lane < view.lanes ? { view, thread: view.run.lanes[lane] } : undefined;
    show();
    if (state.chosen) {
        const room = by_id('runs').getBoundingClientRect();
        const y = view.canvas.getBoundingClientRect().top + (lane + 0.5) * view.row;
        if (y < room.top || y > room.bottom)
            by_id('runs').scrollTop += y - room.top - room.height / 2;
    }
}

// The next lane, up or down, of this run or of the one beside it; beyond the last, none.
function choose_next(direction) {
    const lanes = views.flatMap(view => view.run.lanes.slice(0, view.lanes).map((_, lane) => [view, lane]));
    const now = state.chosen ? lanes.findIndex(([view, lane]) => view === state.chosen.view &&
        lane === state.chosen.thread.lane) : direction > 0 ? -1 : lanes.length;
    choose(...(lanes[now + direction] || []));
}

let laid_out = []; // for this width and height

function lay_out_all() {
    laid_out = [by_id('runs').clientWidth, by_id('runs').clientHeight];
    const rows = views.reduce((sum, view) => sum + view.rows, 0);
    const room = by_id('runs').clientHeight - views.length * (FLIGHT + AXIS + HEADING + 1);
    const row = Math.max(10, Math.min(36, Math.floor(room / Math.max(1, rows))));
    read_colours();
    for (const view of views)
        lay_out(view, row, longest);
    draw_legend();
    show();
}

function draw_legend() {
    const all = views.flatMap(view => view.run.threads.filter(thread => thread));
    const has = test => all.some(thread => thread.spans.some(test));
    const tasks = views.length ? views[0].run.tasks : [];
    const signs = tasks.map((task, i) => [task, ['c', 0, 0, 0, 0, i], has(row => row[0] === 'c' && row[TASK] === i)]);
    for (const [words, wait] of [['for a lock', WAIT_LOCK], ['to send', WAIT_SEND], ['to receive', WAIT_RECEIVE]])
        signs.push([words, ['w', 0, 0, 0, 0, wait], has(row => row[0] === 'w' && row[WAIT] === wait)]);
    signs.push(['waits', ['w', 0, 0, 0, 0, 0], has(row => row[0] === 'w' && row[WAIT] > WAIT_RECEIVE)]);
    by_id('legend').replaceChildren();
    for (const [words, span, is_there] of signs) {
        if (!is_there)
            continue;
        const line = element('li', by_id('legend')), sign = element('canvas', line);
        resize_canvas(sign, 18, 12);
        draw_span(sign.getContext('2d'), span, 0, 18, 0, 12);
        line.append(words);
    }
    if (all.some(thread => thread.refused.length))
        element('li', by_id('legend'), '\u00d7 refused');
    if (has(row => row[0] === 'c' && row[END] === FAILED))
        element('li', by_id('legend'), '! failed');
    if (has(row => row[0] === 'c' && row[END] === GIVEN_UP))
        element('li', by_id('legend'), '~ given up');
}

function on_key(event) {
    const target = event.target.tagName, keys = {
        ' ': play,
        ArrowLeft: () => step(-1),
        ArrowRight: () => step(1),
        ArrowUp: () => choose_next(-1),
        ArrowDown: () => choose_next(1),
        Home: () => { pause(); go_to(0); },
        End: () => { pause(); go_to(longest); },
        '+': () => change_speed(1),
        '-': () => change_speed(-1),
        Escape: () => choose(),
    };
    const is_native = target === 'SELECT' || (event.key === ' ' && (target === 'BUTTON' || event.target.id === 'same'));
    if (event.ctrlKey || event.altKey || event.metaKey || is_native || !Object.hasOwn(keys, event.key))
        return;
    event.preventDefault();
    keys[event.key]();
}

function on_pointer(view, event) {
    const box = view.canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    if (event.type === 'pointerdown') {
        view.canvas.setPointerCapture(event.pointerId);
        if (x < view.left || x > view.width - RIGHT)
            return choose(view, Math.floor(y / view.row));
    }
    if (event.buttons & 1) {
        pause();
        go_to(view.at_of(x));
    }
}

by_id('at').max = longest;
by_id('one-scale').hidden = views.length < 2;
by_id('runs').classList.toggle('single', views.length === 1);
by_id('play').addEventListener('click', play);
by_id('back').addEventListener('click', () => step(-1));
by_id('next').addEventListener('click', () => step(1));
by_id('at').addEventListener('input', event => { pause(); go_to(Number(event.target.value)); });
by_id('same').addEventListener('change', lay_out_all);
document.addEventListener('keydown', on_key);
for (const view of views)
    for (const type of ['pointerdown', 'pointermove'])
        view.canvas.addEventListener(type, event => on_pointer(view, event));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', lay_out_all);
new ResizeObserver(() => {
    const { clientWidth, clientHeight } = by_id('runs');
    if (clientWidth !== laid_out[0] || clientHeight !== laid_out[1])
        lay_out_all();
}).observe(by_id('runs'));
document.title = views.map(view => view.run.title).join(' / ') || 'Replay';
// page.html#t=2.5 opens at 2.5 s.
const opened = /^#t=([0-9.]+)$/.exec(location.hash);
if (opened)
    state.at = state.after = Math.min(longest, Number(opened[1]) * 1e6);
lay_out_all();
