/*
 * What each stage of a pipeline did, in a table that names the bottleneck: the
 * stage whose workers were in calls for the largest share of the run.
 */
#ifndef STAGE_TABLE_H
#define STAGE_TABLE_H

#include "pipeline.h"

/* Keeps a stage's figures. Main, once no thread of the pipeline is left. */
void stage_table_keep(const struct stage *stage);

/* Prints the stages that were kept. Main, after the run. */
void stage_table_print(const struct outcome *outcome);

#endif
