// One sample at a time, large figures, and everything unfolded in print. Without this script, the page shows all.
(function () {
  "use strict";
  var sections = {};
  document.querySelectorAll("[data-sample]").forEach(function (mark) {
    var section = mark.closest(".mqc-section");
    var name = mark.getAttribute("data-sample");
    if (section) (sections[name] = sections[name] || []).push(section);
  });
  var names = Object.keys(sections);
  var select = document.getElementById("b2s-sample");

  function show(chosen) {
    select.value = chosen;
    names.forEach(function (name) {
      sections[name].forEach(function (section) {
        section.toggleAttribute("data-sample-hidden", chosen !== "" && name !== chosen);
      });
    });
  }

  if (names.length > 1) {
    names.forEach(function (name) {
      var option = document.createElement("option");
      option.value = option.textContent = name;
      select.appendChild(option);
    });
    select.addEventListener("change", function () { show(select.value); });
    document.querySelector(".b2s-pick").hidden = false;
  }

  // A link leads to its place, whatever is hidden or folded.
  function reveal() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    var section = target.closest("[data-sample-hidden]");
    if (section) show(section.querySelector("[data-sample]").getAttribute("data-sample"));
    var chapter = target.closest(".b2s-chapter");
    var folded = target.closest("details") || (chapter && chapter.querySelector(".b2s-folded"));
    if (folded) folded.open = true;
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  var dialog = document.createElement("dialog");
  dialog.className = "b2s-dialog";
  var close = document.createElement("button");
  close.className = "btn btn-sm btn-secondary";
  close.textContent = "Close";
  var large = document.createElement("img");
  dialog.append(close, large);
  document.body.appendChild(dialog);
  dialog.addEventListener("click", function () { dialog.close(); });
  document.querySelectorAll(".b2s-large").forEach(function (link) {
    link.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      var image = link.querySelector("img");
      large.src = image.src;
      large.alt = image.alt;
      dialog.showModal();
    });
  });

  var chapters = document.querySelector(".b2s-nav details");
  if (window.innerWidth <= 1000) chapters.open = false;
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    closed.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (details) { details.open = false; });
  });
})();
