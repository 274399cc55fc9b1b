#include "unit.h"

#include <stdlib.h>

#define TESTS_MAX 64 /* in one program */

static struct CMUnitTest tests[TESTS_MAX];
static size_t count;

void unit_register(const char *name, CMUnitTestFunction test)
{
    if (count == TESTS_MAX)
        abort();
    tests[count++] = (struct CMUnitTest){.name = name, .test_func = test};
}

int main(int argc, char **argv)
{
    return unit_run(tests, count, argc > 1 ? argv[1] : NULL);
}
