
// Draws a run as lanes, and the arrows of a moment.

const RIGHT = 84, AXIS = 18, FLIGHT = 26, HEADING = 32, MONO = 'ui-monospace, "DejaVu Sans Mono", monospace';
const COLOURS = ['--ground', '--text', '--dim', '--grid', '--alive', '--task-0', '--task-1', '--task-2', '--hatch',
    '--lock', '--send', '--receive', '--waits', '--bad', '--wakes', '--chosen', '--cursor'];
let colours = {};

function read_colours() {
    const style = getComputedStyle(document.documentElement);
    colours = Object.fromEntries(COLOURS.map(name => [name, style.getPropertyValue(name).trim()]));
}

const font_size = row => Math.max(8, Math.min(14, row - 1));

function make_canvas(width, height) {
    const canvas = document.createElement('canvas');
    resize_canvas(canvas, width, height);
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
            context.fillText(thread.is_stuck ? 'for ever' : (thread.ended / 1e6).toFixed(1) + ' s', width - RIGHT + 10,
                middle);
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
