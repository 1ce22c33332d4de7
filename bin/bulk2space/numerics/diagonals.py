"""Diagonal matrices of any array library."""

from typing import Any

from array_api_compat import array_namespace, device


def diagonal(values: Any) -> Any:
    """Return the matrix with these values, (n,), on its diagonal, n × n."""
    xp = array_namespace(values)
    return xp.eye(len(values), dtype=values.dtype, device=device(values)) * values
