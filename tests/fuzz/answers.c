/* Any title and content, with a NUL between them, as an article that the provider answers for. */
#include "fuzz.h"

#include "news/simulator.h"

#include <stdlib.h>
#include <string.h>

#define KEYWORDS 5

static void answer(const struct article *article, struct ai_result *result)
{
    /* What is not written stays, and no text would end. */
    memset(result, 'x', sizeof *result);
    for (int task = 0; task < LLM_TASKS; task++)
        simulator_answer((enum llm_task)task, article, result);
    REQUIRE(memchr(result->summary, '\0', sizeof result->summary) != NULL);
    REQUIRE(memchr(result->sentiment, '\0', sizeof result->sentiment) != NULL);
    REQUIRE(memchr(result->keywords, '\0', sizeof result->keywords) != NULL);
}

/* At most five different words with ", " between them. */
static void check_keywords(const char *keywords)
{
    int count = 0;

    while (*keywords != '\0') {
        size_t length = strcspn(keywords, ",");

        REQUIRE(length > 0 && ++count <= KEYWORDS);
        keywords += length;
        if (*keywords == '\0')
            break;
        REQUIRE(keywords[1] == ' ' && keywords[2] != '\0');
        keywords += 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 2);
    struct article article = {.id = 1};
    struct ai_result result, again;

    REQUIRE(text != NULL);
    memcpy(text, data, size);
    text[size] = text[size + 1] = '\0';
    article.title = text;
    article.content = text + strlen(text) + 1;
    answer(&article, &result);
    answer(&article, &again);
    REQUIRE(strcmp(result.summary, again.summary) == 0);
    REQUIRE(strcmp(result.keywords, again.keywords) == 0);
    REQUIRE(strcmp(result.sentiment, "positive") == 0 || strcmp(result.sentiment, "neutral") == 0 ||
            strcmp(result.sentiment, "negative") == 0);
    check_keywords(result.keywords);
    /* The reader takes nothing but UTF-8, and no character of it may be cut. */
    if (fuzz_is_utf8(article.title) && fuzz_is_utf8(article.content)) {
        REQUIRE(fuzz_is_utf8(result.summary));
        REQUIRE(fuzz_is_utf8(result.keywords));
    }
    free(text);
    return 0;
}
