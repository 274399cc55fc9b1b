# The articles that have begun and come to nothing are at most those that twelve workers hold, and the
# four queues behind the first stage have room for.
/^Account / { begun = $NF - $11 - $2 }
END { exit begun < 1 || begun > 28 }
