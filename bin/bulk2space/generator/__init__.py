"""The β-VAE: trained on a reference, it generates single cells."""
