import os
import tempfile

# What is noted of runs made here stays with the tests, in their processes too.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="traindiff-state-")
