"""What the faces share: problems, sign-in of programs, parsing, transactions, headers and pages."""
