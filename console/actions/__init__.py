"""What staff do on a customer's behalf: one verb, one function: permission, rule, transaction, audit."""
