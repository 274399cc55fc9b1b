/*
 * What each stage of a pipeline did, in a table that names the bottleneck: the
 * stage whose workers were in calls for the largest share of the run.
 */
#ifndef STAGE_TABLE_H
#define STAGE_TABLE_H

#include "pipeline.h"

/* Keeps a stage's figures. Main, once the stage's threads have ended. */
void stage_table_keep(struct stage *stage);

/* Prints the stages that were kept. Main, below the report. */
void stage_table_print(const struct outcome *outcome);

#endif
