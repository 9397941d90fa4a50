"""Ground floor: what is learned. Arrays and dataclasses in, scores out; no database, none of our other packages."""
