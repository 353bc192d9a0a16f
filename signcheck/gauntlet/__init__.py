"""The gauntlet: every optimizer of torch.optim and pytorch_optimizer against the hard instances.

``signcheck gauntlet`` runs it; :mod:`~signcheck.gauntlet.entries` says how each optimizer is made,
:mod:`~signcheck.gauntlet.arenas` on what it runs, :mod:`~signcheck.gauntlet.membership` which runs
a certified level covers.
"""
