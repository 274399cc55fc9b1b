#include "lesson/batch.h"

/* NULL: no account is kept, or there is no such article. */
static struct article_status *find_status(const struct batch *batch, int id)
{
    size_t position;

    if (batch->statuses == NULL)
        return NULL;
    position = articles_find(batch->load, id);
    return position < batch->load->count ? &batch->statuses[position] : NULL;
}

const struct article *batch_article(const struct batch *batch, int id)
{
    size_t position = articles_find(batch->load, id);

    return position < batch->load->count ? &batch->load->items[position] : NULL;
}

bool batch_is_done(const struct batch *batch, const struct article *article)
{
    const struct article_status *status = find_status(batch, article->id);

    return status != NULL && article_status_state(status) == ARTICLE_SUCCEEDED;
}

void batch_end(const struct batch *batch, const struct ai_result *result)
{
    struct article_status *status = find_status(batch, result->article_id);

    if (status != NULL)
        article_status_end(status, &result->error);
}

const struct article_error *batch_error(const struct batch *batch, const struct article *article)
{
    static const struct article_error none;
    const struct article_status *status = find_status(batch, article->id);

    return status != NULL ? &status->error : &none;
}

void batch_begin(const struct batch *batch, const struct article *article)
{
    struct article_status *status = find_status(batch, article->id);

    if (status != NULL)
        article_status_begin(status);
}
