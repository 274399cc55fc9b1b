# The articles are stored in the order of the input.
/^Stored the result for article / { wrong += $6 != ++stored }
/^Processed / { articles = $4 }
END { exit wrong || stored == 0 || stored != articles }
