"""An explorer page in headless Chromium: when it is ready, and how long a gene takes."""

import json

from .browser import Page

READY = "document.body?.dataset.ready === 'yes'"
DRAWN = "new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(next))))"
CHOOSE = """(async () => {
  const [gene, input, started] = [GENE, document.getElementById("gene"), performance.now()];
  input.value = gene;
  input.dispatchEvent(new Event("change"));
  while (document.body.dataset.shown !== `gene ${gene}`) await new Promise((next) => setTimeout(next, 1));
  await DRAWN;
  return (performance.now() - started) / 1000;
})()"""


def genes_of(page: Page) -> list[str]:
    """Return the names of the page's genes."""
    return page.ask("JSON.parse(document.getElementById('about').textContent).genes.map((gene) => gene.name)")


def choose_gene(page: Page, gene: str) -> float:
    """Choose a gene as a reader does; return the seconds until both maps have its colours."""
    return page.ask(CHOOSE.replace("GENE", json.dumps(gene), 1).replace("DRAWN", DRAWN))
