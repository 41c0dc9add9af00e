"""Any scikit-learn estimator as a learning algorithm."""
