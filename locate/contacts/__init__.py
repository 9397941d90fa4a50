"""Who may lawfully be asked, in which order. A contact never becomes an addressee (R-THP-01)."""
