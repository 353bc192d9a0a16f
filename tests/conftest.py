"""Settings that every test shares: threads, hypothesis profiles, no network."""

import os

# Before numpy or torch load: one thread a worker, since xdist already uses every core. The other
# two keep libraries from opening a window or a connection.
for variable, value in {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "HF_HUB_OFFLINE": "1",
}.items():
    os.environ.setdefault(variable, value)

from hypothesis import HealthCheck, settings  # noqa: E402

# "ci" replays the same examples everywhere, so a red run is a red commit. "explore" looks for new
# ones: pytest --hypothesis-profile=explore.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", settings.get_profile("ci"), derandomize=False, max_examples=1000
)
settings.load_profile("ci")
