#include "picture/flight.h"

#include <stddef.h>

static void widen(struct flight *flight)
{
    struct flight_bin *bins = flight->bins;

    flight->bin_ns *= 2;
    for (size_t i = 0; i < FLIGHT_BINS; i++) {
        struct flight_bin sum = {0};

        for (size_t half = 2 * i; half < 2 * i + 2 && half < FLIGHT_BINS; half++) {
            sum.begun += bins[half].begun;
            sum.ended += bins[half].ended;
            if (bins[half].most > sum.most)
                sum.most = bins[half].most;
        }
        bins[i] = sum;
    }
}

static struct flight_bin *find_bin(struct flight *flight, int64_t at_ns)
{
    int64_t since_ns = at_ns > flight->started_ns ? at_ns - flight->started_ns : 0;

    if (flight->bin_ns == 0)
        flight->bin_ns = 1;
    while (since_ns / flight->bin_ns >= FLIGHT_BINS)
        widen(flight);
    return &flight->bins[since_ns / flight->bin_ns];
}

void flight_add(struct flight *flight, const struct span *span)
{
    struct flight_bin *bin;

    if (span->kind != SPAN_CALL)
        return;
    bin = find_bin(flight, span->from_ns);
    bin->begun++;
    if (span->in_flight > bin->most)
        bin->most = span->in_flight;
    if (span->end != SPAN_OPEN)
        find_bin(flight, span->to_ns)->ended++;
}

void flight_columns(const struct flight *flight, int64_t until_ns, int *most, int columns)
{
    double width_ns = (double)(until_ns - flight->started_ns) / columns;
    int bin = 0, in_flight = 0;

    for (int column = 0; column < columns; column++) {
        /* A bin belongs to the column in which it begins. */
        double end_ns = column < columns - 1 ? width_ns * (column + 1) : width_ns * columns + 1;

        most[column] = in_flight;
        for (; bin < FLIGHT_BINS && (double)(bin * flight->bin_ns) < end_ns; bin++) {
            if (flight->bins[bin].most > most[column])
                most[column] = flight->bins[bin].most;
            in_flight += flight->bins[bin].begun - flight->bins[bin].ended;
        }
    }
}
