"""From a lender's case file to the address worth writing to.

``intake`` reads case files, ``address`` reads addresses, ``contacts`` says who may lawfully be asked, ``choose``
picks address and postal product. It ranks only what was lawfully obtained and never invents an address.
"""
