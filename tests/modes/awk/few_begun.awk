# No more articles have begun and come to nothing than ten workers and three queues of four hold, beside
# the one that the collector has and the one that the feeder was about to send.
/^Account / { begun = $NF - $11 - $2 }
END { exit begun < 1 || begun > 24 }
