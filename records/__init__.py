"""Ground floor: what is kept. Knows no business.

Database engine and sessions, the embedded server, migrations, encryption of personal fields, the audit chain,
settings, work chunks, money and time. Imports none of our other packages.
"""
