# The page of --replay, in a browser.

add_test_program(make_page pictures/make_page.c)
target_link_libraries(make_page PRIVATE common-plain)

claim(pictures.replay.plays-steps-and-says-who-waits-for-whom TIMEOUT 300 COMMAND ${run_and_check}
  --needs=python3 --needs=chromium --needs=chromedriver
  -- python3 ${tests}/pictures/replay.py ${make_page} ${part_4})
