# The articles are collected in the order of the input.
/^Collected result for article / { wrong += $5 != ++collected }
/^Processed / { articles = $4 }
END { exit wrong || collected == 0 || collected != articles }
