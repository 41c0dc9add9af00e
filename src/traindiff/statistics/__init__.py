"""Intervals, p-values and relabellings that more than one stage rests on."""
