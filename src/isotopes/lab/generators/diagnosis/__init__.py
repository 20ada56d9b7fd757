"""DIAGNOSIS (Wang et al., ICLR 2024), the other way to tell whose pictures a generator saw."""
