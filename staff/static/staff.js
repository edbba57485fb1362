// Small helps for people who sit here all day. Pages work without them.
(() => {
  // "/" goes to the page's search field, as in many tools.
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-find]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  // Who has filled a long form with the keyboard need not go back through the whole page to keep it.
  addEventListener("keydown", (event) => {
    const key = { s: "S", enter: "Enter" }[event.key.toLowerCase()];
    if (!key || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
    const keep = document.querySelector(`[aria-keyshortcuts="Control+${key}"]`);
    if (!keep) return;
    event.preventDefault();
    event.stopPropagation(); // the button that has the focus is not meant
    if (!event.repeat) setTimeout(() => keep.click(), 500); // the last word reaches us when nobody has typed for 400 ms
  }, true);

  // In a menu the arrow keys lead on, as its role promises.
  addEventListener("keydown", (event) => {
    const menu = { ArrowDown: 1, ArrowUp: -1 }[event.key] && event.target.closest?.("[role=menu]");
    if (!menu) return;
    event.preventDefault();
    const items = [...menu.querySelectorAll("[role=menuitem]")], at = items.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1;
    items.at(next % items.length).focus();
  });

  // Whoever goes back to the list finds it as they left it: its state, unit, category and page.
  if (location.pathname === "/tickets") sessionStorage.setItem("tickets", location.search);
  addEventListener("click", (event) => {
    const back = event.target.closest?.('a.back[href="/tickets"]');
    if (back) back.href += sessionStorage.getItem("tickets") || "";
  }, true);

  // A page that nobody sees asks for no news.
  const tell = () => window.emitEvent && emitEvent("seen", !document.hidden);
  document.addEventListener("visibilitychange", tell);
  addEventListener("load", () => document.hidden && setTimeout(tell, 2000)); // opened in a tab behind

  window.focusHead = () => {
    const head = document.querySelector("h1");
    if (!head || document.activeElement !== document.body) return;
    head.tabIndex = -1;
    head.focus();
  };

  // Two tones when somebody in danger begins to wait. A browser that was not touched yet keeps silent; the bar is there all the same.
  window.callSomebody = () => {
    const sound = new AudioContext();
    for (const [at, pitch] of [[0, 880], [0.3, 660]]) {
      const tone = new OscillatorNode(sound, { frequency: pitch });
      tone.connect(new GainNode(sound, { gain: 0.2 })).connect(sound.destination);
      tone.start(sound.currentTime + at);
      tone.stop(sound.currentTime + at + 0.25);
    }
    setTimeout(() => sound.close(), 2000);
  };

  // On a phone a row of tabs is wider than the screen: the one that one is at is seen.
  addEventListener("load", () => setTimeout(() => document.querySelectorAll(".tabs [aria-current]").forEach((here) => {
    const row = here.parentElement;
    row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
  }), 100));

  // What was hidden in memory by the browser may belong to a session that has ended.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
