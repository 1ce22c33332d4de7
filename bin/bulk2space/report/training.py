"""The report's chapter on training: one verdict a reference, one small figure, details folded."""

import html
from urllib.parse import quote

import pandas as pd
from matplotlib.figure import Figure

from ..contract.verdicts import DOUBTFUL, GOOD
from . import embedded, multiqc, style

RISE = 0.2  # of the whole fall: a held-out loss that ends further above its lowest value has risen
LEVEL = 0.05  # of the whole fall: what the last tenth of the epochs may still gain in a loss that has levelled off
LAST = 0.1  # part of the epochs that is looked at
HEIGHT = 2.5  # inches
HOW_TO_READ = (
    "Loss of the cells that the network is trained on, and of held-out cells, on which it is not. Good: both fall and "
    "then level off. Alarming: the held-out loss rises again, which means that the network learns single cells instead "
    "of what they have in common. The weights with the lowest held-out loss are kept."
)
DETAILS = (
    "Reconstruction is the part of the loss that measures how well the network restores a cell from its latent "
    "position, the few numbers to which it reduces the cell. The Kullback–Leibler divergence says how far these "
    "positions are from a standard normal distribution; near zero, the network ignores them."
)


def verdict(history: pd.DataFrame) -> tuple[str, str]:
    """Return whether training went well, and why (history: training.csv).

    The loss on held-out cells counts; without any, that on the others.
    """
    held_out = history["validation_loss"].notna().any()
    loss = history["validation_loss" if held_out else "train_loss"].dropna().reset_index(drop=True)
    name = "held-out loss" if held_out else "loss"
    best, fall = int(loss.idxmin()), max(float(loss.iloc[0] - loss.min()), 1e-9)
    epochs = f"{len(history):,} epochs"
    if len(loss) == 1:
        return DOUBTFUL, f"Training ended after one epoch: whether the {name} would fall further cannot be told."
    if (loss.iloc[-1] - loss.min()) / fall > RISE:
        return (
            DOUBTFUL,
            f"The {name} rose after epoch {best + 1:,} of {len(loss):,}; the weights of that epoch are used.",
        )
    before = loss.iloc[: max(int(len(loss) * (1 - LAST)), 1)].min()
    if (before - loss.min()) / fall > LEVEL:
        return DOUBTFUL, f"The {name} was still falling at the end of {epochs}: longer training would change the cells."
    return GOOD, f"The {name} levelled off within {epochs}."


def part(reference: str, history: pd.DataFrame) -> dict:
    """Return the reference's section; files of several samples with one reference hold the same.

    Parameters
    ----------
    reference
        Its name.
    history
        training.csv: epoch, train_loss, validation_loss, reconstruction, kl.
    """
    state, sentence = verdict(history)
    with style.styled():
        losses = _draw(history, {"train_loss": "trained on", "validation_loss": "held out"}, "loss per cell")
        more = _draw(history, {"reconstruction": "reconstruction"}, "reconstruction per cell")
        kl = _draw(history, {"kl": "KL divergence"}, "KL divergence (nats)")
    place = f"../references/{quote(reference)}/training.csv"
    images = "".join(embedded.image(figure, f"{what}, {reference}") for what, figure in
                     (("reconstruction", more), ("KL divergence", kl)))  # fmt: skip
    content = (
        f"{multiqc.verdict_line(state, sentence)}<p>{html.escape(HOW_TO_READ)}</p>"
        f"{embedded.image(losses, f'losses, {reference}')}"
        f'<p class="b2s-files"><a href="{html.escape(place)}">training.csv</a></p>'
        f"<details><summary>Parts of the loss</summary><p>{html.escape(DETAILS)}</p>{images}</details>"
    )
    return multiqc.section(multiqc.TRAINING, f"b2s_training_{multiqc.slug(reference)}", reference) | {
        "plot_type": "html",
        "data": content,
    }


def _draw(history: pd.DataFrame, lines: dict[str, str], label: str) -> Figure:
    """Draw columns of the history by epoch (lines: column → name)."""
    drawn = Figure(figsize=(6, HEIGHT), layout="constrained")
    axes = drawn.subplots()
    for (column, name), colour in zip(lines.items(), style.COLOURS, strict=False):
        known = history[history[column].notna()]
        if len(known):
            axes.plot(known["epoch"], known[column], color=colour, label=name)
    axes.set(xlabel="epoch", ylabel=label)
    style.grid_lines(axes, linewidth=0.6)
    if len(lines) > 1:
        axes.legend()
    return drawn
