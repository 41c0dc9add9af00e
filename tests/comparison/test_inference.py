import numpy as np
from difference_cases import pair, prepared
from scipy import stats

from traindiff.comparison.testing.omnibus import at_one_scale
from traindiff.comparison.testing.permutations import measured


def at_known_scale(seed, permutations=19):
    problem = prepared(
        *pair(seed, models=(40, 40), train=12, targets=6), paired=True, shrinkage=0.3
    )
    whitening = problem.whitening(1.0)
    draws = [
        draw[0] for draw in measured(problem.null(permutations, seed), [whitening], lambda _: None)
    ]
    return at_one_scale(whitening, problem.whole(), draws, 1)


def test_at_the_true_scale_p_values_are_uniform():
    # 19 permutations: p takes the values 1/20 to 20/20 alike. Chi-squared in 5 bins over 400 runs;
    # error rate 0.001 for each of the four.
    runs = [at_known_scale(seed) for seed in range(400)]
    p_values = np.array([[run.p_value, *run.single] for run in runs])
    for column in p_values.T:
        counts = np.histogram(column, bins=np.linspace(0.025, 1.025, 6))[0]
        assert stats.chisquare(counts).pvalue > 0.001
