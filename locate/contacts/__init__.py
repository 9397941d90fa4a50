"""Who may lawfully be asked, in which order. A contact never becomes an addressee (R-THP-01).

``lawful`` bars, ``features`` describe, ``ranking`` orders what is left. Importing this loads no model.
"""
