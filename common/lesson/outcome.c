#include "lesson/outcome.h"

bool outcome_is_complete(const struct outcome *outcome)
{
    const struct counts *counts = &outcome->counts;

    return counts->processed == counts->articles && counts->damaged == 0 && outcome->leaked == 0;
}
