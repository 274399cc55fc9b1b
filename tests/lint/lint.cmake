# What the layout of the project promises, and its style.

claim(unit.step-sizes-asks-large-steps-for-a-reason COMMAND ${tests}/lint/step_sizes_test)
claim(lint.no-step-is-larger-than-its-limit COMMAND ${tests}/lint/step_sizes)
claim(lint.process-article-is-the-same-in-every-part COMMAND ${tests}/lint/same_process_article)
claim(lint.every-mode-has-its-file-and-every-variant-is-a-mode
  COMMAND ${tests}/lint/modes_have_files ${parts})
claim(lint.part-4-has-no-lock-in-its-file COMMAND ${run_and_check} --status=1
  -- grep -n -i -E "mutex|lock" part-04-channels/pipeline.c)
claim(lint.no-strays COMMAND ${tests}/lint/no_strays)
foreach(check clang-format shellcheck line-length)
  claim(lint.${check} TIMEOUT 180 COMMAND ${tests}/lint/check_style ${check})
endforeach()
