# Part 1, mode by mode.

lesson(part-01.sequential.every-article-once ${all_articles} ${all_calls} ${next_to_read}
  -- --speed=50)
lesson(part-01.sequential.one-call-in-flight "--out=at most 1 in flight$" -- --speed=50)
lesson(part-01.sequential.time-is-the-sum ${not_below_30_s} "--out=one at a time 30\\.000 s:"
  -- ${known_load})
lesson(part-01.sequential.articles-in-input-order
  "--awk=/^Processing article/ { bad += $3 + 0 != ++n } END { exit bad || n != 10 }" -- --speed=50)
lesson(part-01.sequential.results-in-input-order
  ${input_order}
  -- --speed=1000 --quiet --input=${data}/articles.jsonl --output=/dev/stdout)
lesson(part-01.sequential.logs-each-call
  "--out=^Processing article 3\\.\\.\\.$"
  "--out=^  .3. Summarization started .1\\.414s.$" "--out=^  .3. Summarization completed$"
  "--out=^  .3. Sentiment Analysis started .921ms.$" "--out=^  .3. Sentiment Analysis completed$"
  "--out=^  .3. Keyword Extraction started .1\\.19s.$" "--out=^  .3. Keyword Extraction completed$"
  -- --speed=50)
claim(part-01.sequential.projects-from-the-measured-time COMMAND ${tests}/modes/projection_is_multiplied ${part_1})
lesson(part-01.sequential.runs-are-counted "--out=^Complete +2 of 2 runs$" -- --runs=2 --speed=100)
lesson(part-01.sequential.tsan.silent --silent ${all_articles} -- --speed=50)

no_leak(part-01.sequential.leaks-nothing ${part_1} "--out=^Processed +12 of 12" -- ${leak_load})
