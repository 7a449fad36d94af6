"""Payment codes as text: EMVCo, UPI, EPC and Swiss, read and written; pure, without pictures."""
