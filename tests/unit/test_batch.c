#include "unit.h"

#include "lesson/batch.h"

#include <errno.h>
#include <stdlib.h>

/* Three articles whose ids are no positions. */
static const int ids[] = {70, 5, 9};
static struct articles articles;
static struct article_status statuses[COUNT_OF(ids)];
static struct batch batch;

/* In place of the load of the test before. */
static void set_up(void)
{
    size_t first, second;

    articles_destroy(&articles);
    assert_int_equal(articles_generate(&articles, COUNT_OF(ids), 1), 0);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        articles.items[i].id = ids[i];
        statuses[i] = (struct article_status){0};
    }
    free(articles.by_id);
    assert_int_equal(articles_index(&articles, &first, &second), 0);
    batch = (struct batch){.articles = articles.items,
                           .count = articles.count,
                           .load = &articles,
                           .statuses = statuses};
}

static void assert_states(enum article_state first, enum article_state second,
                          enum article_state third)
{
    assert_int_equal(article_status_state(&statuses[0]), first);
    assert_int_equal(article_status_state(&statuses[1]), second);
    assert_int_equal(article_status_state(&statuses[2]), third);
}

TEST(an_article_is_found_by_its_id)
{
    set_up();
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        assert_ptr_equal(batch_article(&batch, ids[i]), &articles.items[i]);
    assert_null(batch_article(&batch, 1));
    assert_null(batch_article(&batch, 0));
}

TEST(an_article_runs_from_its_first_call_on)
{
    struct article copy;

    set_up();
    copy = articles.items[1]; /* the id counts, not the address */
    assert_states(ARTICLE_QUEUED, ARTICLE_QUEUED, ARTICLE_QUEUED);
    batch_begin(&batch, &copy);
    assert_states(ARTICLE_QUEUED, ARTICLE_RUNNING, ARTICLE_QUEUED);
    batch_end(&batch, &(struct ai_result){.article_id = 5});
    batch_begin(&batch, &copy); /* a late call changes nothing */
    assert_states(ARTICLE_QUEUED, ARTICLE_SUCCEEDED, ARTICLE_QUEUED);
}

TEST(the_cause_says_how_an_article_ended)
{
    set_up();
    batch_end(&batch, &(struct ai_result){.article_id = 70});
    batch_end(&batch, &(struct ai_result){.article_id = 5, .error.cause = ECANCELED});
    batch_end(&batch,
              &(struct ai_result){.article_id = 9, .error = {.stage = "keywords", .cause = EIO}});
    assert_states(ARTICLE_SUCCEEDED, ARTICLE_CANCELLED, ARTICLE_FAILED);
    assert_int_equal(statuses[2].error.cause, EIO);
    assert_string_equal(statuses[2].error.stage, "keywords");
}

TEST(only_an_article_with_its_result_is_done)
{
    set_up();
    batch_end(&batch, &(struct ai_result){.article_id = 5});
    batch_end(&batch, &(struct ai_result){.article_id = 9, .error.cause = EIO});
    assert_false(batch_is_done(&batch, &articles.items[0]));
    assert_true(batch_is_done(&batch, &articles.items[1]));
    assert_false(batch_is_done(&batch, &articles.items[2]));
}

TEST(an_unknown_article_changes_nothing)
{
    const struct article unknown = {.id = 8};

    set_up();
    batch_begin(&batch, &unknown);
    batch_end(&batch, &(struct ai_result){.article_id = 8});
    batch_end(&batch, &(struct ai_result){0});
    assert_false(batch_is_done(&batch, &unknown));
    assert_states(ARTICLE_QUEUED, ARTICLE_QUEUED, ARTICLE_QUEUED);
}

TEST(without_an_account_nothing_is_noted)
{
    set_up();
    batch.statuses = NULL;
    batch_begin(&batch, &articles.items[0]);
    batch_end(&batch, &(struct ai_result){.article_id = 70});
    assert_false(batch_is_done(&batch, &articles.items[0]));
    assert_ptr_equal(batch_article(&batch, 70), &articles.items[0]);
}
