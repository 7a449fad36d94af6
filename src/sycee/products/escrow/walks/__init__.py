"""Random walks through the life of trades: what `./sycee simulate` and the simulation tests run.

A walk draws a trade and then step after step, mostly legal ones, sometimes any; a clock jumps to
the next deadline now and then. After every step the invariants hold or the walk stops with its
seed. Nothing here is fair or secret, so the chance is `random.Random(seed)`: a seed replays.
"""
