# What the layout of the project promises, and its style.

claim(unit.house-asks-long-steps-for-a-reason COMMAND ${tests}/lint/layout_test)
claim(lint.process-article-is-the-same-in-every-part COMMAND ${tests}/lint/layout process-article)
claim(lint.a-step-changes-60-lines-at-most-or-its-chapter-says-why COMMAND ${tests}/lint/layout steps)
claim(lint.every-mode-has-its-file-and-says-what-it-is COMMAND ${tests}/lint/layout modes ${parts})
claim(lint.every-variant-is-a-mode COMMAND ${tests}/lint/layout variants ${parts})
claim(lint.clang-format COMMAND ${tests}/lint/check_style clang-format)
claim(lint.shellcheck COMMAND ${tests}/lint/check_style shellcheck)
