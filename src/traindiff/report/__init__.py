"""Reports: what was found, for people and for programs."""

from traindiff.report.evidence import Attribution, Evidence, Findings
from traindiff.report.writing import write_report

__all__ = ["Attribution", "Evidence", "Findings", "write_report"]
