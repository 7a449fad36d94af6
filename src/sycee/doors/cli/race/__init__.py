"""A crowd races over HTTP for envelopes against their end, their refund and SIGKILL of the servers.

```text
supply ──► play: the envelopes that are open, ending, over ──► settling: told and stored compared
             │                                                        ▲
           draw: who wants which, and why                             │ after the sweep
             │                                                        │
           crowd: keep-alive connections ── HTTP ──► servers, lanes, workers ◄── SIGKILL
```
"""
