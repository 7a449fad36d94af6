"""The gateway that speaks the Alipay protocol: translation only, no rules about money.

shop's SDK ──signed form──▶ gateway ──▶ methods ──▶ products (escrow, wallet)
    ▲                         │                          │
    └──signed JSON────────────┘       journal ──▶ notices ──signed form──▶ shop's notify_url
"""
