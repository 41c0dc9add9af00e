import os
import tempfile

# What is noted of runs made here stays with the tests, in their processes too.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="traindiff-state-")
# Side by side, one thread each: several processes that all take every core get in each other's way.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# Reports of the same study are then the same bytes, whenever they are made.
os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
