/*
 * run_sql FILE SQL: does that to a SQLite database, made if there is none, and prints the rows of
 * the answer, a line each, "|" between the columns.
 */
#include <sqlite3.h>
#include <stdio.h>

static int print_row(void *unused, int count, char **values, char **names)
{
    (void)unused;
    (void)names;
    for (int i = 0; i < count; i++)
        printf("%s%s", i > 0 ? "|" : "", values[i] != NULL ? values[i] : "");
    putchar('\n');
    return 0;
}

int main(int argc, char **argv)
{
    sqlite3 *database = NULL;
    char *error = NULL;
    int code;

    if (argc != 3) {
        fputs("run_sql FILE SQL\n", stderr);
        return 1;
    }
    code = sqlite3_open(argv[1], &database);
    if (code == SQLITE_OK)
        code = sqlite3_exec(database, argv[2], print_row, NULL, &error);
    if (code != SQLITE_OK)
        fprintf(stderr, "%s: %s\n", argv[1], error != NULL ? error : sqlite3_errmsg(database));
    sqlite3_free(error);
    sqlite3_close(database);
    return code != SQLITE_OK;
}
