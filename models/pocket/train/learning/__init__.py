"""The network with the forward pass of transformers, and what trains it."""
