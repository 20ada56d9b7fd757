"""Default values.

Imports nothing, so that `--help` can show these values without loading what they belong to.
"""

# Free time-stamping authorities that anybody may use; each has its own root certificate.
AUTHORITIES = ("http://timestamp.digicert.com", "https://freetsa.org/tsr")
DECOYS = 199  # with the mark itself 200 draws: the least p-value is 0.005, below a level of 0.01
DEFAULT_FAMILY = "tints"
DEFAULT_METHOD = "two-stage"
FACE_DECOYS = 99
FACE_LEVEL = 0.01
LEVEL = 0.01  # the most that the chance of accusing an innocent model may be
LARGEST_PICTURE = 4 * 2**30  # bytes of memory; a phone's photo of 200 megapixels takes 2.6 GiB
EMBEDDING_TERM = "embedding_statistic"  # what a commitment's plan calls that of encoders
PICTURE_DECOYS = 99_999  # for checks of pictures, where a decoy costs 2 ms and no query
PICTURE_DECOYS_TERM = "picture_decoys"  # what a commitment's plan calls them

# The choices; tests compare both with the registries.
METHODS = ("paired-t", "rank", "sequential", "two-stage")
STATISTIC_NAMES = ("probability", "log-odds", "top-rank")
TEST_STATISTIC_NAMES = (*STATISTIC_NAMES, "tempered-odds")  # of a test of one isotope
