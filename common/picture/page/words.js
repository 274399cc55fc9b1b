
// What the threads of a run do at a moment, in words.

const END_WORDS = ['not over', 'over', 'answered', 'failed', 'given up']; // enum span_end
const RANGES_MAX = 12;

const seconds = at => (at / 1e6).toFixed(3) + ' s';

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
    const groups = new Map(), coming = [], ended = [];
    for (const thread of run.lanes) {
        const span = span_at(thread, at);
        if (thread.began > at) {
            coming.push(thread.name);
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
    const items = [...groups.values()].map(group => item_of(run, group, at));
    if (coming.length)
        items.push({ names: list_names(coming), text: 'not yet begun', is_dim: true });
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
            ({ thread, span: span_at(thread, at), locks: locks_at(run, thread, at).join(', ') })), at);
        return { names: threads.length > 1 ? list_names(threads.map(thread => thread.name)) : names,
            text, sign, strong: 'for ever', wakers, is_in_circle };
    });
}

function item_of(run, group, at) {
    const { thread, span, locks, holder } = group[0];
    const item = { names: list_names(group.map(member => member.thread.name)), strong: '' };
    const with_locks = locks ? `, holding the lock ${locks}` : '';
    if (!span) {
        item.text = 'at work of its own' + with_locks;
    } else if (span[0] === 'c') {
        const articles = ranges_of(group.map(member => member.span[ARTICLE]));
        item.text = run.tasks[span[TASK]] +
            (is_own_article(thread, span) ? '' : ` of article ${articles}`) + with_locks;
        if (at >= run.end)
            item.strong = run.stalled ? 'for ever' : 'cut off: the process ends';
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
