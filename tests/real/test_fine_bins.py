"""Bins of real cells at 8 µm: the section pools their counts, and their composition is closer than that of sums."""

from bench.cases import fine_bins
from bench.judges import fine_bins as judge


def test_pooled_bins_beat_blindly_summed_counts(data, monkeypatch):
    monkeypatch.setattr(fine_bins, "CELLS", 400)
    monkeypatch.setattr(judge, "SMOOTHING", (0.0,))
    section = fine_bins.binned(data, fine_bins.source(data, "sc_mob_tepe"), "img_osmfish_ssctx", 50)
    rows = {(row["squares"], row["way"]): row for row in judge.compared(section)}
    pcc = {place: row["PCC"] for place, row in rows.items()}
    assert rows["8 µm", judge.CHOSEN]["pooling"] > 0
    assert pcc["8 µm", judge.CHOSEN] > pcc["8 µm", "bins, smoothing 0"] + 0.05
    assert pcc["16 µm", judge.CHOSEN] > pcc["16 µm", "summed counts"]
    print(f"\n{pcc}")
