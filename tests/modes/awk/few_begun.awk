# No more articles have begun and come to nothing than twelve workers hold, and the four queues behind
# the first stage have room for.
/^Account / { begun = $NF - $11 - $2 }
END { exit begun < 1 || begun > 28 }
