"""Outside systems behind a Protocol each: payments (`payments`), mail (`mail`). Nothing here opens a
transaction on the company's databases, and no verb holds one open while it calls in here."""
