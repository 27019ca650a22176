"""Runs one job at a time in a child process that has nothing: no network, no secrets, no files but its own.

`client` is the side that asks (it never imports torch), `zygote` the warm process that forks, `confinement` what is
taken away from each child. `docs/evaluation.md` has the picture.
"""
