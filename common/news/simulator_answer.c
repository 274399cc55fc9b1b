/* What the simulated model knows: rules that give each article an answer of its own. */
#include "news/simulator.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SUMMARY_MIN 40   /* bytes: an abbreviation's full stop does not end a sentence this early */
#define SUMMARY_MAX 200  /* bytes */
#define WORD_MIN 5       /* bytes: shorter words are rarely keywords */
#define WORD_MAX 24      /* bytes: longer ones are addresses and rulers */
#define WORDS_MAX 64     /* different words that are counted */
#define KEYWORDS_COUNT 5 /* that are answered */

_Static_assert(KEYWORDS_COUNT *(WORD_MAX + 2) <= sizeof((struct ai_result *)0)->keywords,
               "all keywords fit");
_Static_assert(SUMMARY_MAX + 4 <= sizeof((struct ai_result *)0)->summary, "a summary fits");
_Static_assert(sizeof "positive" <= sizeof((struct ai_result *)0)->sentiment, "a sentiment fits");

static bool is_word_byte(char byte)
{
    /* Bytes of UTF-8 sequences count as letters, so that no word is cut within a character. */
    return isalpha((unsigned char)byte) || (unsigned char)byte >= 0x80;
}

static bool is_end(char byte)
{
    return byte == '.' || byte == '!' || byte == '?';
}

static void answer_summary(const struct article *article, char *answer)
{
    const char *text = *article->content != '\0' ? article->content : article->title;
    size_t length = 0;

    while (text[length] != '\0' && length < SUMMARY_MAX) {
        length++;
        if (length >= SUMMARY_MIN && is_end(text[length - 1]) &&
            (text[length] == ' ' || text[length] == '\0'))
            break;
    }
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) /* within a character */
        length--;
    sprintf(answer, "%.*s%s", (int)length, text,
            length > 0 && text[length] != '\0' && !is_end(text[length - 1]) ? "..." : "");
}

/* Reads the next word of *text into word in lower case and moves *text behind it. */
static bool next_word(const char **text, char word[WORD_MAX + 1])
{
    size_t length;

    do {
        while (**text != '\0' && !is_word_byte(**text))
            (*text)++;
        for (length = 0; is_word_byte(**text); (*text)++, length++)
            if (length < WORD_MAX)
                word[length] = (char)tolower((unsigned char)**text);
    } while (length > WORD_MAX);
    word[length] = '\0';
    return length > 0;
}

static bool is_among(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static void answer_sentiment(const struct article *article, char *answer)
{
    static const char *const good[] = {"record",      "profit",  "won",     "award",   "benefit",
                                       "improvement", "praised", "hope",    "growth",  "gain",
                                       "recovery",    "win",     "success", "better",  "celebrated",
                                       "strong",      "rise",    "best",    "victory", "agreement",
                                       "peace",       "boost",   "gains",   NULL};
    static const char *const bad[] = {
        "warned",  "shortage", "lost",   "lawsuit", "weak",  "worried", "failure", "loss",
        "killed",  "attack",   "crisis", "fears",   "fall",  "crash",   "cut",     "war",
        "slumped", "worst",    "dead",   "threat",  "death", "fraud",   "losses",  NULL};
    const char *texts[] = {article->title, article->content};
    char word[WORD_MAX + 1];
    int balance = 0;

    for (int i = 0; i < 2; i++)
        for (const char *text = texts[i]; next_word(&text, word);)
            balance += is_among(word, good) - is_among(word, bad);
    strcpy(answer, balance > 0 ? "positive" : balance < 0 ? "negative" : "neutral");
}

static void answer_keywords(const struct article *article, char *answer)
{
    static const char *const too_common[] = {"about", "after", "again", "could",  "first", "their",
                                             "there", "these", "those", "three",  "until", "where",
                                             "which", "while", "would", "said",   "being", "other",
                                             "under", "since", "every", "nobody", NULL};
    struct {
        char word[WORD_MAX + 1];
        int count;
    } words[WORDS_MAX];
    const char *texts[] = {article->title, article->content};
    char word[WORD_MAX + 1];
    int count = 0;

    for (int i = 0; i < 2; i++) {
        for (const char *text = texts[i]; next_word(&text, word);) {
            int at = 0;

            if (strlen(word) < WORD_MIN || is_among(word, too_common))
                continue;
            while (at < count && strcmp(words[at].word, word) != 0)
                at++;
            if (at == WORDS_MAX)
                continue;
            if (at == count) {
                strcpy(words[count].word, word);
                words[count++].count = 0;
            }
            words[at].count++;
        }
    }

    answer[0] = '\0';
    for (int chosen = 0; chosen < KEYWORDS_COUNT; chosen++) {
        int best = -1;

        for (int i = 0; i < count; i++)
            if (words[i].count > 0 && (best < 0 || words[i].count > words[best].count))
                best = i;
        if (best < 0)
            return;
        answer += sprintf(answer, "%s%s", chosen > 0 ? ", " : "", words[best].word);
        words[best].count = 0;
    }
}

void simulator_answer(enum llm_task task, const struct article *article, struct ai_result *result)
{
    if (task == LLM_SUMMARY)
        answer_summary(article, result->summary);
    else if (task == LLM_SENTIMENT)
        answer_sentiment(article, result->sentiment);
    else
        answer_keywords(article, result->keywords);
}
